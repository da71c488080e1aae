import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { readConfig } from '../../lib/config.ts';
import { composeOrchestra } from '../../lib/orchestra.ts';

/** As it stands in a template. */
export type Resource = ReturnType<Template['findResources']>[string];
export type StackName = 'Identity' | 'Data' | 'Messaging' | 'ControlPlane' | 'Api' | 'Operations';

export const account = '111122223333';
const region = 'eu-central-1';
const flags = (JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as { context: object })
  .context;

const made = new Map<string, Synthesis>();

/**
 * The templates of one environment, as `cdk synth --context env=… --context key=value` makes them, but for the bundles;
 * the same question is answered once. Throws what synthesis throws: a finding of the rule packs, too.
 */
export function synthesize(env: string, overrides: Record<string, unknown> = {}, validated = false): Synthesis {
  const question = JSON.stringify([env, overrides, validated]);
  const known = made.get(question) ?? synthesis(env, overrides, validated);
  made.set(question, known);
  return known;
}

function synthesis(env: string, overrides: Record<string, unknown>, validated: boolean) {
  const context = { ...flags, account, region, ...overrides, env, 'aws:cdk:bundling-stacks': [] };
  // The CDK's own schema check takes longer than all the rest; `environments.test.ts` asks for it.
  process.env.CDK_VALIDATION = String(validated);
  const app = new App({ context });
  const config = readConfig((key) => app.node.tryGetContext(key));
  composeOrchestra(app, config);
  const assembly = app.synth();
  const templates = new Map(
    assembly.stacks.map((stack) => [
      stack.stackName.split('-')[2],
      stack.template as { Resources: Record<string, Resource>; Outputs?: Record<string, { Value: unknown }> },
    ]),
  );
  const inStack = (name: StackName) => Object.entries(templates.get(name)?.Resources ?? {});
  const all = [...templates.keys()].flatMap((name) => inStack(name as StackName));
  return {
    config,
    stacks: assembly.stacks,
    template: (name: StackName) => templates.get(name),
    /** Resources of a type, by logical id. */
    of: (type: string, name?: StackName) =>
      new Map((name ? inStack(name) : all).filter(([, one]) => one.Type === type)),
    all,
  };
}
export type Synthesis = ReturnType<typeof synthesis>;

/** The only resource of a type whose logical id begins so. */
export function only(resources: ReadonlyMap<string, Resource>, prefix = ''): Resource {
  const found = [...resources].filter(([id]) => id.startsWith(prefix));
  if (found.length !== 1)
    throw new Error(`${found.length} resources begin with ${prefix}: ${[...resources.keys()].join(' ')}`);
  return found[0]![1];
}

/** Text that stands for what CloudFormation would put in place of an intrinsic; the same for the same resource. */
export function settled(stack: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => settled(stack, one));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first) {
    const [key, inner] = first as [string, unknown];
    if (key === 'Fn::Join') {
      const [glue, parts] = inner as [string, unknown[]];
      return (settled(stack, parts) as string[]).join(glue);
    }
    if (key === 'Fn::GetAtt') {
      const [id, attribute] = inner as [string, string];
      return attribute === 'Arn' ? arnOf(stack, id) : `${id}.${attribute}`;
    }
    if (key === 'Fn::ImportValue') return imported(String(inner));
    if (key === 'Ref') return pseudo[inner as string] ?? String(inner);
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, settled(stack, inner)]));
}

const pseudo: Record<string, string> = {
  'AWS::AccountId': account,
  'AWS::Region': region,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

const imported = (name: string): string => {
  const [, stack = '', id = '', attribute] =
    /^Orchestra-[^-]+-(.+):ExportsOutput(?:Ref|FnGetAtt)(.+?)(Arn|StreamArn)?[0-9A-F]{8}$/.exec(name) ?? [];
  if (attribute === 'StreamArn') return `${arnOf(stack, id)}/stream/2026-11-22T00:00:00.000`;
  return attribute === 'Arn' ? arnOf(stack, id) : id;
};

/** An ARN of the right service for a logical id of this project; ids of two stacks may be the same. */
function arnOf(stack: string, id: string): string {
  const at = `${region}:${account}`;
  if (/Table[0-9A-F]{8}/.test(id)) return `arn:aws:dynamodb:${at}:table/${id}`;
  if (/^(Key|CursorKey|ReceiptsKey|CheckpointKey)/.test(id)) return `arn:aws:kms:${at}:key/${stack}-${id}`;
  if (id.startsWith('Archive')) return `arn:aws:s3:::${id.toLowerCase()}`;
  if (id.startsWith('Bus')) return `arn:aws:events:${at}:event-bus/${id}`;
  if (/Logs[0-9A-F]{8}/.test(id)) return `arn:aws:logs:${at}:log-group:${id}:*`;
  if (/(DeadLetters|Queue|Undelivered)/.test(id)) return `arn:aws:sqs:${at}:${id}`;
  if (/Role/.test(id)) return `arn:aws:iam::${account}:role/${id}`;
  return `arn:aws:lambda:${at}:function:${id}`;
}
