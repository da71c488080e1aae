import {
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import { type FunctionConfiguration, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';

/** One call of AWS, as IAM sees it. */
export type AwsCall = {
  function: string;
  action: string;
  resource: string;
  context: Record<string, string | string[]>;
};

type Statement = { Effect: string; Action: string | string[]; Resource: string | string[]; Condition?: unknown };
type Policy = { Statement: Statement | Statement[] };

/** A deployed function, and what its role allows. */
export type Deployed = { name: string; configuration: FunctionConfiguration; roleArn: string; statements: Statement[] };

/** One permission: an action on a resource, in a statement of a role. */
export type Grant = { function: string; statement: number; action: string; resource: string; condition: unknown };

/** What IAM says to a call: whether it is allowed, and the statements that allow it, counted from 0. */
export type Answer = { allowed: boolean; by: number[] };

/** Every function of the account with the policies of its role, as they were deployed. */
export async function deployedFunctions(): Promise<Deployed[]> {
  const iam = new IAMClient({});
  const found: Deployed[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client: new LambdaClient({}) }, {})) {
    for (const configuration of Functions) {
      const roleArn = configuration.Role ?? '';
      const statements = await statementsOf(iam, roleArn.split('/').at(-1) ?? '');
      found.push({ name: configuration.FunctionName ?? '', configuration, roleArn, statements });
    }
  }
  return found;
}

async function statementsOf(iam: IAMClient, RoleName: string): Promise<Statement[]> {
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  // They would be AWS's own, which grant more than any function of ours needs.
  if (AttachedPolicies.length > 0) throw new Error(`${RoleName} has managed policies; its grants are to be its own`);
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const policies = await Promise.all(
    PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
  );
  return policies.flatMap(({ PolicyDocument = '{}' }) => {
    const { Statement: statements } = JSON.parse(decodeURIComponent(PolicyDocument)) as Policy;
    return [statements].flat();
  });
}

export const grantsOf = ({ name, statements }: Deployed): Grant[] =>
  statements.flatMap(({ Action, Resource, Condition }, statement) =>
    [Action]
      .flat()
      .flatMap((action) =>
        [Resource].flat().map((resource) => ({ function: name, statement, action, resource, condition: Condition })),
      ),
  );

const glob = (pattern: string, value: string): boolean => {
  const literal = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(value);
};

/** Whether this grant is one of those that an allowed call used. */
export const isUsedBy = (grant: Grant, call: AwsCall, { by }: Answer): boolean =>
  grant.function === call.function &&
  by.includes(grant.statement) &&
  glob(grant.action, call.action) &&
  glob(grant.resource, call.resource);

/**
 * The simulator knows condition keys with a name of the caller's own only where a slash comes before it, and passes over
 * `kms:EncryptionContext:<name>`; one that it takes for every action stands in, in the policies and in the calls.
 */
const understood = <T>(policyOrContext: T): T =>
  JSON.parse(JSON.stringify(policyOrContext).replaceAll('"kms:EncryptionContext:', '"aws:PrincipalTag/kms-')) as T;

const always = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };

/** Puts calls to IAM's rules: the role's policies, and that of the key or bucket. */
export function simulator(functions: readonly Deployed[]): (call: AwsCall) => Promise<Answer> {
  const byName = new Map(functions.map((one) => [one.name, one]));
  const resourcePolicyOf = resourcePolicies();
  return async (call) => {
    const deployed = byName.get(call.function);
    if (!deployed) throw new Error(`there is no function ${call.function}`);
    const accountId = deployed.roleArn.split(':')[4] ?? '';
    const simulation: Simulation = {
      identityPolicies: deployed.statements.map((statement, at) => ({
        name: String(at),
        policy: { Version: '2012-10-17', Statement: [understood(statement)] },
      })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: await resourcePolicyOf(call.resource),
      request: {
        principal: deployed.roleArn
          .replace(':iam:', ':sts:')
          .replace(':role/', ':assumed-role/')
          .concat(`/${call.function}`),
        action: call.action,
        resource: { resource: call.resource, accountId },
        contextVariables: { ...always, ...understood(call.context) },
      },
    };
    const result = await runSimulation(simulation, {});
    if (result.resultType === 'error')
      throw new Error(`${call.action} on ${call.resource}: ${JSON.stringify(result.errors)}`);
    const analyses = result.resultType === 'single' ? [result.result] : result.results;
    const allowing = analyses.flatMap(({ analysis }) => analysis.identityAnalysis?.allowStatements ?? []);
    return { allowed: result.overallResult === 'Allowed', by: allowing.map(({ policyId }) => Number(policyId)) };
  };
}

/** The policy of a key or bucket, read once; other resources of the deployment have none that a function meets. */
function resourcePolicies(): (resource: string) => Promise<unknown> {
  const known = new Map<string, Promise<unknown>>();
  const read = async (resource: string): Promise<unknown> => {
    const [, , service, , , name = ''] = resource.split(':');
    const policy =
      service === 'kms' ? await keyPolicy(resource) : service === 's3' ? await bucketPolicy(name) : undefined;
    return policy === undefined ? undefined : understood(JSON.parse(policy) as unknown);
  };
  return (resource) => {
    const owner = resource.startsWith('arn:aws:s3:::') ? (resource.split('/')[0] ?? resource) : resource;
    const found = known.get(owner) ?? read(owner);
    known.set(owner, found);
    return found;
  };
}

async function keyPolicy(KeyId: string): Promise<string | undefined> {
  const reply = await new KMSClient({}).send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' })).catch(absent);
  return reply?.Policy;
}

async function bucketPolicy(Bucket: string): Promise<string | undefined> {
  const reply = await new S3Client({ forcePathStyle: true }).send(new GetBucketPolicyCommand({ Bucket })).catch(absent);
  return reply?.Policy;
}

/** A key or bucket that is somebody else's, or that there is none of, has no policy of ours. */
const absent = (error: Error): undefined => {
  if (/NotFound|NoSuch/.test(error.name)) return undefined;
  throw error;
};
