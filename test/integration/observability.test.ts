import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { type FunctionConfiguration, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { newIdOf } from '../../functions/shared/ids.ts';
import { functionName, invoke, logLines, type LogLine, metricIn } from '../support/functions.ts';
import { agentOf, enterpriseOrchestrator, humanWith } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { aTask } from '../support/tasks.ts';
import { call, clientIdOf, eventually, importExample, world } from '../support/world.ts';

const trace = randomUUID().replaceAll('-', '');
const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
const began = new Date();
const agent = agentOf('product').id;

/** What makes each function run, and a metric of its own that it then writes. */
const functions: Record<string, { metric: string; traced: boolean }> = {
  'audit-api': { metric: 'Requests', traced: true },
  'authority-api': { metric: 'Requests', traced: true },
  'approvals-api': { metric: 'Requests', traced: true },
  'approvals-consumer': { metric: 'EventsConsumed', traced: false },
  'approvals-steps': { metric: 'EscalationSteps', traced: false },
  'approvals-sweeper': { metric: 'EscalationsRescued', traced: false },
  'conflicts-api': { metric: 'Requests', traced: true },
  'conflicts-consumer': { metric: 'EventsConsumed', traced: false },
  'conflicts-steps': { metric: 'ConflictSteps', traced: false },
  'conflicts-sweeper': { metric: 'ConflictsRescued', traced: false },
  'dependencies-api': { metric: 'Requests', traced: true },
  'dependencies-consumer': { metric: 'EventsConsumed', traced: false },
  'dependencies-sweeper': { metric: 'DependenciesDelayed', traced: false },
  'directory-api': { metric: 'Requests', traced: true },
  'directory-sweeper': { metric: 'AgentsUnreachable', traced: false },
  'handoffs-api': { metric: 'Requests', traced: true },
  'handoffs-consumer': { metric: 'EventsConsumed', traced: false },
  'handoffs-steps': { metric: 'HandoffSteps', traced: false },
  'handoffs-sweeper': { metric: 'HandoffsRescued', traced: false },
  'limits-api': { metric: 'Requests', traced: true },
  'policies-api': { metric: 'Requests', traced: true },
  'platform-documents': { metric: 'Requests', traced: true },
  'platform-authorizer': { metric: 'TokensRefused', traced: false },
  'platform-relay': { metric: 'EventsPublished', traced: false },
  'platform-archiver': { metric: 'EntriesArchived', traced: false },
  'platform-seed': { metric: 'ItemsSeeded', traced: false },
  'authority-sweeper': { metric: 'MissedOutcomes', traced: false },
  'audit-reconciler': { metric: 'ArchiveMismatch', traced: false },
  'audit-sealer': { metric: 'SealLagSeconds', traced: false },
  'policies-steps': { metric: 'SimulationSteps', traced: false },
  'policies-sweeper': { metric: 'ObservationsExpired', traced: false },
  'workload-api': { metric: 'Requests', traced: true },
  'workload-consumer': { metric: 'EventsConsumed', traced: false },
  'workload-sweeper': { metric: 'LeasesExpired', traced: false },
};

/** Lines since these tests began; the seed ran before, when the control plane was deployed. */
const linesOf = (label: string): Promise<LogLine[]> => logLines(label, label === 'platform-seed' ? new Date(0) : began);

async function deployed(): Promise<FunctionConfiguration[]> {
  world();
  const all: FunctionConfiguration[] = [];
  for await (const page of paginateListFunctions({ client: new LambdaClient({}) }, {}))
    all.push(...(page.Functions ?? []));
  return all.filter(({ FunctionName = '' }) => FunctionName.startsWith(functionName('')));
}

async function alarms(): Promise<MetricAlarm[]> {
  world();
  const all: MetricAlarm[] = [];
  for await (const page of paginateDescribeAlarms({ client: new CloudWatchClient({}) }, {}))
    all.push(...(page.MetricAlarms ?? []));
  return all;
}

/** A handoff and a conflict have their clocks, and a task that is given up is heard of by whoever may wait for it. */
async function workCrossesTeams(): Promise<void> {
  const { id: other, team } = agentOf('platform');
  const [handed, given] = await Promise.all([aTask(agentOf('product').team), aTask(agentOf('product').team)]);
  const handoff = { tasks: [handed], to: { team, recipient: other } };
  expect(await call('POST', '/handoffs', { as: agent, body: handoff })).toMatchObject({ status: 201 });
  const parties = [
    { domain: 'product', team: agentOf('product').team, speakers: [agent] },
    { domain: 'platform', team, speakers: [other] },
  ];
  const conflict = { type: 'priority', subject: `service/${randomUUID()}`, summary: 'Both need it', parties };
  expect(await call('POST', '/conflicts', { as: agent, body: conflict })).toMatchObject({ status: 201 });
  const cancellation = { as: agent, body: { reason: 'Not wanted any more.' } };
  expect(await call('POST', `/tasks/${given}/cancellation`, cancellation)).toMatchObject({ status: 200 });
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
  const headers = { traceparent };
  const made = await call('POST', '/decisions', { as: agent, headers, body: aProposal('tactical_approach') });
  expect(made.status, made.text).toBe(201);
  const asks: [string, string][] = [
    [agent, '/policies'],
    [agent, `/agents/${agent}`],
    [agent, `/agents/${agent}/inbox`],
    [agent, `/limits/agent/${agent}`],
    [humanWith('auditor'), `/audit/entries?agent=${agent}`],
    [agent, '/tasks'],
    [agent, '/resources'],
    [agent, `/handoffs?team=${agentOf('product').team}`],
    [agent, '/conflicts'],
  ];
  for (const [as, path] of asks) expect(await call('GET', path, { as, headers })).toMatchObject({ status: 200 });
  expect(await call('GET', '/openapi.json', { headers })).toMatchObject({ status: 200 });
  // A token that nobody has sent before makes the authorizer run, as its answers are cached.
  expect(await call('GET', '/matrix', { as: agent, token: `none.${randomUUID()}.none`, headers })).toMatchObject({
    status: 401,
  });
  expect((await call('POST', '/decisions', { as: agent, body: aProposal('scope_change') })).status).toBe(201);
  const { id: _, ...like } = agentOf('product');
  const body = { ...like, id: `agt_obs_${randomUUID()}`, client_id: clientIdOf('product-runtime') };
  expect(await call('POST', '/agents', { as: enterpriseOrchestrator, body })).toMatchObject({ status: 201 });
  const retired = { as: enterpriseOrchestrator, headers: { 'if-match': '"v1"' }, body: { status: 'retired' } };
  expect(await call('PATCH', `/agents/${body.id}`, retired)).toMatchObject({ status: 200 });
  await workCrossesTeams();
  await Promise.all([
    ...['conflicts', 'dependencies', 'directory', 'handoffs', 'workload'].map((slice) =>
      invoke(`${slice}-sweeper`, {}),
    ),
    invoke('authority-sweeper', {}),
    invoke('policies-sweeper', {}),
    invoke('approvals-sweeper', {}),
    invoke('policies-steps', { step: 'fail', simulation_id: newIdOf('sim'), reason: 'None is running' }),
    invoke('audit-sealer', {}),
    invoke('audit-reconciler', { domains: ['product'] }),
  ]);
});

describe('every function', () => {
  it('[OPS-3] is looked at here', async () => {
    const names = (await deployed()).map(({ FunctionName = '' }) => FunctionName);
    expect(new Set(names)).toEqual(new Set(Object.keys(functions).map(functionName)));
  });

  it.each(Object.entries(functions))(
    '[OPS-3] %s logs lines of JSON with the ids of its invocation, and a metric of its own',
    async (label, { metric }) => {
      const written = await eventually(`${metric} of ${label}`, async () => {
        const lines = await linesOf(label);
        return lines.some((line) => metricIn(line, metric)) ? lines : undefined;
      });
      const spoken = written.filter(({ level }) => level !== undefined);
      expect(spoken.length).toBeGreaterThan(0);
      for (const line of spoken) {
        expect(line).toMatchObject({
          level: expect.stringMatching(/^(INFO|WARN|ERROR)$/),
          message: expect.any(String),
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          service: label,
          function_name: functionName(label),
          function_request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          xray_trace_id: expect.stringMatching(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        });
      }
      // Dimensions are bounded: a principal among them would make a metric of everybody.
      const dimensions = written.flatMap((line) => Object.keys(metricIn(line, metric)?.dimensions ?? {}));
      expect(['service', 'route']).toEqual(expect.arrayContaining(dimensions));
      expect(written.find((line) => metricIn(line, metric))?.service).toBe(label);
    },
  );

  const traced = Object.entries(functions).filter(([, { traced: is }]) => is);
  it.each(traced)(
    '[OPS-3] %s carries the trace of the request into its line, with route, status and duration',
    async (label) => {
      const line = await eventually(`the request in the log of ${label}`, async () => {
        const lines = await linesOf(label);
        return lines.find(({ message, trace_id }) => message === 'request' && trace_id === trace);
      });
      expect(line).toMatchObject({
        route: expect.stringMatching(/^[a-z][A-Za-z]+$/),
        method: expect.stringMatching(/^(GET|POST)$/),
        principal: expect.any(String),
        duration_ms: expect.any(Number),
      });
      expect(line.status).toBeLessThan(500);
    },
  );

  it('[OPS-3] never logs a token', async () => {
    for (const label of Object.keys(functions)) {
      expect(JSON.stringify(await linesOf(label)), label).not.toMatch(
        /eyJ[\w-]+\.[\w-]+\.|Bearer |none\.[0-9a-f-]{36}\.none/,
      );
    }
  });

  it('[OPS-3] is traced, and has a dead-letter path and alarms on its errors and throttles with a runbook', async () => {
    const all = await alarms();
    for (const { FunctionName = '', TracingConfig, DeadLetterConfig } of await deployed()) {
      expect(TracingConfig?.Mode, FunctionName).toBe('Active');
      expect(DeadLetterConfig?.TargetArn, FunctionName).toMatch(/^arn:aws:sqs:/);
      const own = all.filter(({ Dimensions = [] }) =>
        Dimensions.some(({ Name, Value }) => Name === 'FunctionName' && Value === FunctionName),
      );
      const watched = own.map(({ MetricName }) => MetricName);
      expect(watched, FunctionName).toEqual(expect.arrayContaining(['Errors', 'Throttles']));
      for (const { AlarmActions = [], AlarmDescription } of own) {
        expect(AlarmActions.length, FunctionName).toBeGreaterThan(0);
        expect(AlarmDescription).toMatch(/Runbook: docs\/runbooks\/[\w-]+\.md/);
      }
    }
  });
});
