import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Packs that name the same control alike; an unqualified rule is acknowledged in each. */
const conformance = ['NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321'];

/**
 * Accepts a finding of the rule packs on a construct and everything in it.
 * @param rules `AwsSolutions-COG4` for one pack's rule, `LambdaInsideVPC` for that of every conformance pack
 * @param reason why the rule does not apply or what is done instead; it is written into the template
 */
export function acknowledge(on: IConstruct, rules: readonly string[], reason: string): void {
  for (const rule of rules) {
    const ids = rule.includes('-') ? [rule] : conformance.map((pack) => `${pack}-${rule}`);
    for (const id of ids) Validations.of(on).acknowledge({ id, reason });
  }
}

/** Accepts a wildcard in the resource of a grant, one that the IAM rule would find. */
export const acknowledgeWildcard = (on: IConstruct, resource: string, reason: string): void =>
  acknowledge(on, [`AwsSolutions-IAM5[Resource::${resource}]`], reason);

/** ARN of a resource as another stack of the app sees it, in the spelling of the IAM rule. */
export function importedArn(of: IConstruct, arn: string): string {
  const imported = Stack.of(of).resolve(Stack.of(of).exportValue(arn)) as { 'Fn::ImportValue': string };
  return imported['Fn::ImportValue'];
}
