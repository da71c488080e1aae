import { runSimulation } from '@cloud-copilot/iam-simulate';
import { account, settled, type Synthesis } from './synthesis.ts';

type Context = Record<string, string | string[]>;
type Policy = { Statement: { Effect: string; Action: unknown; Resource: unknown; Condition?: unknown }[] };

/** What the role of a function may do, asked of an IAM simulator about the synthesised policies. */
export function roleOf(synthesis: Synthesis, functionName: string) {
  const fn = [...synthesis.of('AWS::Lambda::Function').values()].find(
    ({ Properties }) => Properties.FunctionName === `orchestra-${synthesis.config.env}-${functionName}`,
  );
  const role = String(fn?.Properties.Role['Fn::GetAtt'][0]);
  const identityPolicies = [...synthesis.of('AWS::IAM::Policy').entries()]
    .filter(([, { Properties }]) => Properties.Roles.some((one: { Ref: string }) => one.Ref === role))
    .map(([name, { Properties }]) => ({ name, policy: settled('ControlPlane', Properties.PolicyDocument) as Policy }));
  if (identityPolicies.length === 0) throw new Error(`${functionName} has no policy`);
  const may = async (action: string, resource: string, contextVariables: Context = {}): Promise<boolean> => {
    const simulated = await runSimulation(
      {
        request: {
          principal: `arn:aws:iam::${account}:role/${role}`,
          action,
          resource: { resource, accountId: account },
          contextVariables,
        },
        identityPolicies,
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        // A key trusts the policies of its account only when its own policy says so, as these do.
        ...(action.startsWith('kms:') ? { resourcePolicy: trustsTheAccount } : {}),
      },
      {},
    );
    if (simulated.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(simulated.errors)}`);
    return simulated.overallResult === 'Allowed';
  };
  return { identityPolicies, statements: identityPolicies.flatMap(({ policy }) => policy.Statement), may };
}

const trustsTheAccount = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
};

/** `authority-api` and the like. */
export const functionNames = (synthesis: Synthesis): string[] =>
  [...synthesis.of('AWS::Lambda::Function').values()].map(({ Properties }) =>
    String(Properties.FunctionName).slice(`orchestra-${synthesis.config.env}-`.length),
  );

/** ARN of the resource of the data stack whose logical id begins so. */
export function dataArn(synthesis: Synthesis, type: string, prefix: string): string {
  const id = [...synthesis.of(type, 'Data').keys()].find((one) => one.startsWith(prefix));
  if (id === undefined) throw new Error(`nothing begins with ${prefix}`);
  return settled('Data', { 'Fn::GetAtt': [id, 'Arn'] }) as string;
}

/** A member of a transaction on an item. */
export const inTransaction = (key: string): Context => ({
  'dynamodb:EnclosingOperation': 'TransactWriteItems',
  ...on(key),
});
/** A call on an item by itself. */
export const on = (key: string): Context => ({ 'dynamodb:LeadingKeys': [key] });
