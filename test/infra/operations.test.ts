import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesis.ts';

const dev = synthesize('dev');
const functions = [...dev.of('AWS::Lambda::Function')];
const alarms = [...dev.of('AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);
const alarmsOn = (metric: string, id: string) =>
  alarms.filter(({ MetricName, Dimensions }) => MetricName === metric && JSON.stringify(Dimensions).includes(id));

describe('functions', () => {
  it.each(functions)('[OPS-3] watches %s: an alarm on errors and one on throttles', (id) => {
    expect(alarmsOn('Errors', id)).toHaveLength(1);
    expect(alarmsOn('Throttles', id)).toHaveLength(1);
  });

  it.each(functions)(
    '[OPS-3] gives %s traces, JSON logs that end, and a place for what failed',
    (id, { Properties }) => {
      expect(Properties.TracingConfig, id).toEqual({ Mode: 'Active' });
      expect(Properties.LoggingConfig.LogFormat).toBe('JSON');
      const logs = dev.of('AWS::Logs::LogGroup').get(Properties.LoggingConfig.LogGroup.Ref);
      expect(logs?.Properties.RetentionInDays).toBe(30);
      const letters = Properties.DeadLetterConfig.TargetArn['Fn::GetAtt'][0];
      expect(dev.of('AWS::SQS::Queue').has(letters)).toBe(true);
      expect(alarmsOn('ApproximateNumberOfMessagesVisible', letters)).toHaveLength(1);
    },
  );

  it.each(functions)(
    '[OPS-3] says in the environment of %s how its logs and metrics are named',
    (_id, { Properties }) => {
      expect(Properties.Environment.Variables).toMatchObject({
        POWERTOOLS_SERVICE_NAME: Properties.FunctionName.slice('orchestra-dev-'.length),
        POWERTOOLS_METRICS_NAMESPACE: 'EnterpriseOrchestra',
      });
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    },
  );
});

describe('queues', () => {
  it.each([...dev.of('AWS::SQS::Queue')])('[OPS-3] lets nothing vanish in %s', (id, { Properties }) => {
    const isLast = alarmsOn('ApproximateNumberOfMessagesVisible', id).length === 1;
    expect(Properties.RedrivePolicy !== undefined || isLast).toBe(true);
    expect(Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });
});

describe('alarms', () => {
  it('[OPS-3] tell somebody, treat missing data on purpose, and name owner and runbook', () => {
    expect(alarms.length).toBeGreaterThan(functions.length * 2);
    for (const alarm of alarms) {
      expect(alarm.TreatMissingData).toMatch(/^(notBreaching|breaching)$/);
      expect(alarm.AlarmActions).toHaveLength(1);
      expect(alarm.OKActions).toEqual(alarm.AlarmActions);
      expect(alarm.AlarmDescription).toMatch(
        /Urgency: (page|warn|escalate|plan)\. Owner: [a-z-]+\. Runbook: docs\/runbooks\/[a-z-]+\.md$/,
      );
    }
  });

  it('[OPS-3] name runbooks that are there', () => {
    const named = new Set(alarms.map(({ AlarmDescription }) => /docs\/runbooks\/.+\.md$/.exec(AlarmDescription)?.[0]));
    for (const file of named) expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
  });

  it('[EVT-2] page when the relay or the archiver falls behind the ledger', () => {
    for (const consumer of ['PlatformRelay', 'PlatformArchiver']) {
      const [alarm] = alarmsOn('IteratorAge', consumer);
      expect(alarm?.AlarmDescription).toContain('Urgency: page');
    }
  });

  it.each(['ArchiveMismatch', 'LedgerTampered'])(
    '[AUD-4] page on %s, which a function counts under that name',
    (metric) => {
      const alarm = alarms.find(({ MetricName }) => MetricName === metric);
      expect(alarm?.AlarmDescription).toContain('Urgency: page');
      const service = alarm?.Dimensions.find(({ Name }: { Name: string }) => Name === 'service').Value as string;
      expect(functions.map(([, { Properties }]) => Properties.FunctionName)).toContain(`orchestra-dev-${service}`);
      const sources = [
        '../../functions/audit/operations/reconcile-day.ts',
        '../../functions/platform/archiver-steps.ts',
      ];
      expect(sources.some((file) => readFileSync(new URL(file, import.meta.url), 'utf8').includes(`'${metric}'`))).toBe(
        true,
      );
    },
  );

  it.each(['platform-archiver', 'audit-sealer'])('[AUD-5] page when what %s seals or signs comes late', (service) => {
    const lags = alarms.filter(({ MetricName }) => MetricName === 'SealLagSeconds');
    const [alarm, ...others] = lags.filter(({ Dimensions }) => Dimensions[0].Value === service);
    expect(others).toEqual([]);
    expect(alarm).toMatchObject({ Statistic: 'Maximum', Threshold: 120, Dimensions: [{ Name: 'service' }] });
    expect(alarm?.AlarmDescription).toContain('Urgency: page');
    expect(functions.map(([, { Properties }]) => Properties.FunctionName)).toContain(`orchestra-dev-${service}`);
    const source = readFileSync(new URL('../../functions/audit/sealing.ts', import.meta.url), 'utf8');
    expect(source.match(/measure\('SealLagSeconds'/g)).toHaveLength(2);
  });

  it('[APR-1] page when a workflow of an escalation fails, and warn when its clock had stopped', () => {
    const failures = alarms.filter(({ MetricName }) => /^Executions(Failed|TimedOut)$/.test(MetricName));
    const paging = failures.filter(({ AlarmDescription }) => AlarmDescription.includes('the workflow escalation'));
    expect(paging).toHaveLength(2);
    for (const { AlarmDescription } of paging) expect(AlarmDescription).toContain('Urgency: page');
    const rescued = alarms.find(({ MetricName }) => MetricName === 'EscalationsRescued');
    expect(rescued?.Dimensions).toEqual([{ Name: 'service', Value: 'approvals-sweeper' }]);
  });

  it('[HND-1] warn when the clock of a handoff had stopped', () => {
    const rescued = alarms.find(({ MetricName }) => MetricName === 'HandoffsRescued');
    expect(rescued?.Dimensions).toEqual([{ Name: 'service', Value: 'handoffs-sweeper' }]);
    expect(rescued?.AlarmDescription).toContain('docs/runbooks/handoff-stuck.md');
  });

  it('[DEP-3] warn when much is late, and when something could not be looked at', () => {
    for (const metric of ['DependenciesDelayed', 'DependenciesNotFollowed']) {
      const alarm = alarms.find(({ MetricName }) => MetricName === metric);
      expect(alarm?.Dimensions).toEqual([{ Name: 'service', Value: 'dependencies-sweeper' }]);
      expect(alarm?.AlarmDescription).toContain('docs/runbooks/dependency-late.md');
      const source = readFileSync(new URL('../../functions/dependencies/sweeper.ts', import.meta.url), 'utf8');
      expect(source).toContain(`count('${metric}'`);
    }
  });

  it.each([
    'AuthoritySweeper',
    'ApprovalsSweeper',
    'AuditReconciler',
    'AuditSealer',
    'PoliciesSweeper',
    'DirectorySweeper',
    'HandoffsSweeper',
    'DependenciesSweeper',
  ])('[AUT-4] notice when %s stops running', (id) => {
    const [alarm] = alarmsOn('Invocations', id);
    expect(alarm).toMatchObject({
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
    });
  });
});

it('[OPS-3] lets alarms and rules publish to the encrypted topics, over TLS', () => {
  const [policies, keys] = [dev.of('AWS::SNS::TopicPolicy', 'Messaging'), dev.of('AWS::KMS::Key', 'Messaging')];
  for (const [id, { Properties }] of policies) {
    const statements = JSON.stringify(Properties.PolicyDocument.Statement);
    expect(statements, id).toContain('"Service":"cloudwatch.amazonaws.com"');
    expect(statements, id).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
  }
  expect(JSON.stringify([...keys.values()])).toContain('cloudwatch.amazonaws.com');
});

it('[OPS-3] sends mail to those whom the configuration names', () => {
  const told = synthesize('dev', { alert_emails: 'on-call@example.com' });
  const subscriptions = [...told.of('AWS::SNS::Subscription').values()].map(({ Properties }) => Properties);
  expect(subscriptions.map(({ Endpoint }) => Endpoint)).toEqual(Array(4).fill('on-call@example.com'));
  expect(dev.of('AWS::SNS::Subscription').size).toBe(0);
});
