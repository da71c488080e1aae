import { globSync, readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesis.ts';

const dev = synthesize('dev');
const machines = [...dev.of('AWS::StepFunctions::StateMachine')];
const files = globSync('statemachines/*.asl.json', { cwd: new URL('../../', import.meta.url) });
const textOf = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const nameOf = (file: string): string => /([\w-]+)\.asl\.json$/.exec(file)?.[1] ?? file;
const machineOf = (file: string) => {
  const found = machines.find(([, { Properties }]) => Properties.StateMachineName === `orchestra-dev-${nameOf(file)}`);
  if (!found) throw new Error(`nothing runs ${file}`);
  return { id: found[0], ...found[1].Properties };
};

it('[OPS-3] every definition is run, and every machine has one', () => {
  expect(files.length).toBeGreaterThan(0);
  expect(machines).toHaveLength(files.length);
});

describe.each(files)('%s', (file) => {
  it('[OPS-3] is valid Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(JSON.parse(textOf(file)) as unknown, { checkPaths: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('[OPS-3] has a substitution for each placeholder, and no other', () => {
    const placeholders = [...textOf(file).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    const { DefinitionSubstitutions, DefinitionString } = machineOf(file);
    expect(DefinitionString).toBe(textOf(file));
    expect(new Set(Object.keys(DefinitionSubstitutions))).toEqual(new Set(placeholders));
  });

  it('[OPS-3] has an alarm on failures and one on executions that run out of time', () => {
    const alarms = [...dev.of('AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);
    const { id } = machineOf(file);
    const mine = alarms.filter(({ Dimensions }) => JSON.stringify(Dimensions ?? []).includes(id));
    const metrics = mine.map(({ MetricName }) => MetricName as string);
    expect(new Set(metrics)).toEqual(new Set(['ExecutionsFailed', 'ExecutionsTimedOut']));
    for (const { AlarmDescription } of mine) expect(AlarmDescription).toContain('docs/runbooks/workflow-failed.md');
  });

  it('[OPS-2] invokes the functions of its placeholders, and may do nothing with anything else', () => {
    const { RoleArn, DefinitionSubstitutions } = machineOf(file);
    const role = RoleArn['Fn::GetAtt'][0];
    const policies = [...dev.of('AWS::IAM::Policy').values()].filter(({ Properties }) =>
      Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
    );
    const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const invoke = statements.filter(({ Action }) => [Action].flat().some((one) => one.startsWith('lambda:')));
    expect(invoke.flatMap(({ Resource }) => [Resource].flat())).toEqual(Object.values(DefinitionSubstitutions));
    const rest = statements.filter((one) => !invoke.includes(one)).flatMap(({ Action }) => Action as string | string[]);
    expect(rest.every((action) => /^(logs|xray|kms):/.test(action))).toBe(true);
  });

  it('[GWY-3] rests under the key of the functions, as its log does', () => {
    const { EncryptionConfiguration, LoggingConfiguration } = machineOf(file);
    const [{ CloudWatchLogsLogGroup }] = LoggingConfiguration.Destinations;
    const group = dev.of('AWS::Logs::LogGroup').get(CloudWatchLogsLogGroup.LogGroupArn['Fn::GetAtt'][0]);
    expect(group?.Properties.KmsKeyId).toEqual(EncryptionConfiguration.KmsKeyId);
    const [key] = [...dev.of('AWS::KMS::Key', 'ControlPlane').values()];
    expect(JSON.stringify(key?.Properties.KeyPolicy)).toContain('log-group:/aws/vendedlogs/states/orchestra-dev-*');
  });
});
