import { describe, expect, it } from 'vitest';
import { readItem } from '../../functions/platform/relay-model.ts';
import { anItem } from '../unit/audit/fixtures.ts';
import { only, settled, synthesize } from './synthesis.ts';

const dev = synthesize('dev');
const domains = dev.config.domains;
const everywhere = [...domains, 'enterprise'];

type Pattern = { detail?: { type?: string[]; domain?: string[]; data?: { concerns: string[] } } };
type Detail = { type: string; domain: string; data: { concerns?: string[]; [field: string]: unknown } };
type Rule = { bus: string; pattern: Pattern; targets: { Arn: unknown; DeadLetterConfig?: unknown }[] };

const rules: Rule[] = [...dev.of('AWS::Events::Rule').values()].map(({ Properties }) => ({
  bus: busName(settled('', Properties.EventBusName)),
  pattern: Properties.EventPattern,
  targets: Properties.Targets,
}));

function busName(reference: unknown): string {
  return /Bus(?:orchestra-dev-)?([a-z]+)/.exec(String(reference))?.[1] ?? String(reference);
}

/** EventBridge's matching of the patterns that are used here: each field must have a value in common with its list. */
const matches = (pattern: unknown, event: unknown): boolean =>
  Array.isArray(pattern)
    ? [event].flat().some((value) => pattern.includes(value))
    : Object.entries(pattern as object).every(([key, inner]) =>
        matches(inner, (event as Record<string, unknown>)[key]),
      );

/**
 * Every bus that an event reaches: those that the relay puts it on, and the next ones by rule. There it ends: EventBridge
 * passes nothing on to a third bus.
 */
function reach(detail: Detail): string[] {
  const buses = Object.fromEntries(everywhere.map((name) => [name, name]));
  const published = readItem(anItem({ domain: detail.domain }, detail), '1', buses);
  if (published.kind !== 'event') throw new Error('the event is not published');
  const onward = (from: string): string[] =>
    rules
      .filter(({ bus, pattern }) => bus === from && matches(pattern.detail, detail))
      .flatMap(({ targets }) => targets.map(({ Arn }) => String(settled('', Arn))))
      .filter((arn) => arn.includes('event-bus'))
      .map(busName);
  return published.outgoing.flatMap(({ bus }) => [bus, ...onward(bus)]);
}

describe('buses', () => {
  it('[EVT-1] has a bus for each domain and one for the enterprise', () => {
    const names = [...dev.of('AWS::Events::EventBus').values()].map(({ Properties }) => String(Properties.Name));
    expect(names.toSorted()).toEqual(everywhere.map((name) => `orchestra-dev-${name}`).toSorted());
  });

  const type = 'orchestra.decision.allowed.v1';

  it('[EVT-1] keeps what concerns only its own domain there', () => {
    for (const domain of domains) expect(reach({ type, domain, data: { concerns: [domain] } })).toEqual([domain]);
  });

  it('[EVT-1] keeps an event that says of nobody whom it concerns', () => {
    for (const domain of domains) expect(reach({ type, domain, data: {} })).toEqual([domain]);
  });

  it('[EVT-1] brings what concerns another domain there, through the enterprise bus, once', () => {
    for (const from of domains) {
      for (const to of domains.filter((one) => one !== from)) {
        const visits = reach({ type, domain: from, data: { concerns: [from, to] } });
        expect(visits).toEqual([from, 'enterprise', to]);
      }
    }
  });

  it('[EVT-1] brings what concerns everybody everywhere, each bus once', () => {
    for (const from of domains) {
      const visits = reach({ type, domain: from, data: { concerns: everywhere } });
      expect(visits.toSorted()).toEqual(everywhere.toSorted());
    }
  });

  it('[EVT-1] brings what the enterprise says to the domains that it concerns', () => {
    const visits = reach({ type, domain: 'enterprise', data: { concerns: ['product'] } });
    expect(visits).toEqual(['enterprise', 'product']);
  });

  it('[EVT-1] gives a domain that is added to the configuration its bus and its road', () => {
    const more = synthesize('dev', { domains: 'product,platform,operations,research' });
    const roads = [...more.of('AWS::Events::Rule').keys()].filter((id) => id.startsWith('Inresearch'));
    expect(roads).toHaveLength(1);
  });

  it('[EVT-4] archives every event of every bus, for replay', () => {
    const archived = [...dev.of('AWS::Events::Archive').values()].map(({ Properties }) => ({
      bus: busName(settled('', Properties.SourceArn)),
      days: Properties.RetentionDays,
      pattern: settled('', Properties.EventPattern),
    }));
    expect(archived.map(({ bus }) => bus).toSorted()).toEqual(everywhere.toSorted());
    for (const { days, pattern } of archived)
      expect({ days, pattern }).toEqual({ days: 30, pattern: { account: ['111122223333'] } });
  });

  it('[EVT-2] loses no event that cannot be delivered', () => {
    for (const { targets } of rules) for (const target of targets) expect(target.DeadLetterConfig).toBeDefined();
    for (const [id, { Properties }] of dev.of('AWS::Events::EventBus'))
      expect(Properties.DeadLetterConfig, id).toBeDefined();
  });
});

describe('stream', () => {
  const mappings = [...dev.of('AWS::Lambda::EventSourceMapping').values()]
    .map(({ Properties }) => Properties)
    .filter(({ StartingPosition }) => StartingPosition !== undefined);

  it('[EVT-2] reads the ledger from its beginning, reports partial failures and sets poison aside', () => {
    expect(mappings.map(({ FunctionName }) => String(FunctionName.Ref)).toSorted()).toEqual([
      expect.stringMatching(/^PlatformArchiver/),
      expect.stringMatching(/^PlatformRelay/),
    ]);
    for (const mapping of mappings) {
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        BisectBatchOnFunctionError: true,
        DestinationConfig: { OnFailure: { Destination: expect.anything() } },
      });
      expect(mapping.MaximumRecordAgeInSeconds).toBeLessThan(24 * 3600);
    }
  });

  it('[AUD-4] shows the archiver what is written, and what is changed or removed', () => {
    const archiver = mappings.find(({ FunctionName }) => /Archiver/.test(FunctionName.Ref));
    const patterns = archiver?.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern));
    expect(patterns).toEqual([
      { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['entry'] } } } },
      { eventName: ['MODIFY', 'REMOVE'] },
    ]);
  });
});

describe('consumers', () => {
  const changed = (domain: string): Detail => ({
    type: 'orchestra.agent.status-changed.v1',
    domain,
    data: { concerns: everywhere },
  });
  const toQueue = rules.filter(({ targets }) =>
    targets.some(({ Arn }) => /ApprovalsEventsQueue/.test(JSON.stringify(Arn))),
  );

  it('[EVT-2] hears of each event once, on the bus where it is at home', () => {
    for (const home of everywhere) {
      const deliveries = everywhere.flatMap((bus) =>
        toQueue.filter((rule) => rule.bus === bus && matches(rule.pattern.detail, changed(home))),
      );
      expect(deliveries.map(({ bus }) => bus)).toEqual([home]);
    }
  });

  it('[EVT-2] hides a message for six timeouts and gives up after five attempts', () => {
    const queue = only(dev.of('AWS::SQS::Queue'), 'ApprovalsEventsQueue').Properties;
    const consumer = only(dev.of('AWS::Lambda::Function'), 'ApprovalsConsumer').Properties;
    expect(queue.VisibilityTimeout).toBe(consumer.Timeout * 6);
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(5);
  });

  it.each([
    ['orchestra.outcome.missed.v1', /Topicwarn/],
    ['orchestra.policies.rolled-back.v1', /Topicpage/],
    ['orchestra.enforcement.suspended.v1', /Topicpage/],
  ])('[AUT-4] [POL-5] tells people of %s, from whichever bus', (type, topic) => {
    const told = rules.filter(({ pattern }) => pattern.detail?.type?.includes(type));
    expect(told.map(({ bus }) => bus).toSorted()).toEqual(everywhere.toSorted());
    for (const { targets } of told) expect(JSON.stringify(targets)).toMatch(topic);
  });

  it.each([
    ['orchestra.escalation.opened.v1', 'escalate', 'Sign in to vote: https://'],
    ['orchestra.escalation.moved-up.v1', 'escalate', 'Sign in to vote: https://'],
    ['orchestra.escalation.reminded.v1', 'escalate', 'Sign in to vote: https://'],
    ['orchestra.break-glass.used.v1', 'page', 'Review it by '],
    ['orchestra.break-glass.overdue.v1', 'warn', 'is overdue since'],
  ])('[APR-1] [APR-3] tells people of %s once, from whichever bus, in words', (type, topic, words) => {
    const told = rules.filter(
      ({ pattern, targets }) =>
        pattern.detail?.type?.includes(type) && targets.some(({ Arn }) => JSON.stringify(Arn).includes('Topic')),
    );
    expect(told.map(({ bus }) => bus).toSorted()).toEqual(everywhere.toSorted());
    for (const { pattern, targets } of told) {
      if (topic === 'escalate') expect(pattern.detail?.data).toEqual({ deciding_level: ['board'] });
      expect(JSON.stringify(targets)).toContain(`Topic${topic}`);
      expect(JSON.stringify(targets)).toContain(words);
    }
  });

  it.each([
    ['orchestra.conflict.escalated.v1', 'escalate', 'Sign in to decide: https://'],
    ['orchestra.conflict.reminded.v1', 'escalate', 'Sign in to decide: https://'],
    ['orchestra.conflict.unresolved.v1', 'page', 'docs/runbooks/conflict-unresolved.md'],
  ])('[CNF-2] tells people of %s once, from whichever bus, in words', (type, topic, words) => {
    const told = rules.filter(({ pattern }) => pattern.detail?.type?.includes(type));
    expect(told.map(({ bus }) => bus).toSorted()).toEqual(everywhere.toSorted());
    for (const { pattern, targets } of told) {
      if (topic === 'escalate') expect(pattern.detail?.data).toEqual({ level: ['board'] });
      expect(JSON.stringify(targets)).toContain(`Topic${topic}`);
      expect(JSON.stringify(targets)).toContain(words);
    }
  });

  it.each(['orchestra.limit.warned.v1', 'orchestra.limit.reached.v1'])(
    '[LIM-3] tells people of %s, from whichever bus, once',
    (type) => {
      const told = rules.filter(({ pattern }) => pattern.detail?.type?.includes(type));
      expect(told.map(({ bus }) => bus).toSorted()).toEqual(everywhere.toSorted());
      for (const { targets } of told) expect(JSON.stringify(targets)).toMatch(/Topicwarn/);
    },
  );
});
