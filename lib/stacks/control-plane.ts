import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EncryptionKey } from '../constructs/encryption-key.ts';
import { nameOf, pascal } from '../constructs/hosting.ts';
import { workflowLogs } from '../constructs/workflow.ts';
import { ApprovalsSlice } from '../slices/approvals.ts';
import { AuditSlice } from '../slices/audit.ts';
import { AuthoritySlice } from '../slices/authority.ts';
import { DependenciesSlice } from '../slices/dependencies.ts';
import { ConflictsSlice } from '../slices/conflicts.ts';
import { DirectorySlice } from '../slices/directory.ts';
import { HandoffsSlice } from '../slices/handoffs.ts';
import { LimitsSlice } from '../slices/limits.ts';
import { PlatformSlice } from '../slices/platform.ts';
import { PoliciesSlice } from '../slices/policies.ts';
import type { Exposure, Platform } from '../slices/slice.ts';
import { WorkloadSlice } from '../slices/workload.ts';

/** Every function, slice by slice. */
export class ControlPlaneStack extends Stack {
  readonly key: EncryptionKey;
  readonly authorizer: ControlFunction;
  readonly exposes: readonly Exposure[];

  constructor(
    scope: Construct,
    id: string,
    config: Config,
    under: Omit<Platform, 'config' | 'hosting'>,
    props: StackProps,
  ) {
    super(scope, id, props);
    const prefix = this.stackName.replace(/-[^-]*$/, '');
    this.key = new EncryptionKey(this, 'Key', config, 'functions', 'Logs, queues and environments of the functions');
    // Names that CloudFormation and API Gateway give to the log groups of this deployment.
    this.key.allowLogs(`${prefix}-*`, 'API-Gateway-Execution-Logs_*', `${workflowLogs}${nameOf(config, '*')}`);
    const platform: Platform = { config, hosting: { config, key: this.key }, ...under };
    const base = new PlatformSlice(this, 'Platform', platform);
    const slices = [
      base,
      new DirectorySlice(this, 'Directory', platform),
      new AuthoritySlice(this, 'Authority', platform),
      new ApprovalsSlice(this, 'Approvals', platform),
      new PoliciesSlice(this, 'Policies', platform),
      new LimitsSlice(this, 'Limits', platform),
      new WorkloadSlice(this, 'Workload', platform),
      new HandoffsSlice(this, 'Handoffs', platform),
      new DependenciesSlice(this, 'Dependencies', platform),
      new ConflictsSlice(this, 'Conflicts', platform),
      new AuditSlice(this, 'Audit', platform),
    ];
    this.authorizer = base.authorizer;
    this.exposes = slices.flatMap((slice) => slice.exposes);
    for (const fn of this.node.findAll().filter((child) => child instanceof ControlFunction)) {
      new CfnOutput(this, `Function${pascal(fn.label)}`, { value: fn.lambda.functionName });
    }
  }
}
