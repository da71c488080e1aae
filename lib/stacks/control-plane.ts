import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { ControlFunction } from '../constructs/control-function.ts';
import { ControlFunction as Fn } from '../constructs/control-function.ts';
import { EncryptionKey } from '../constructs/encryption-key.ts';
import { AuditSlice } from '../slices/audit.ts';
import { AuthoritySlice } from '../slices/authority.ts';
import { DirectorySlice } from '../slices/directory.ts';
import { PlatformSlice } from '../slices/platform.ts';
import { PoliciesSlice } from '../slices/policies.ts';
import type { Exposure, Platform } from '../slices/slice.ts';

/** Every function, slice by slice. */
export class ControlPlaneStack extends Stack {
  readonly key: EncryptionKey;
  readonly authorizer: ControlFunction;
  readonly exposes: readonly Exposure[];

  constructor(scope: Construct, id: string, config: Config, under: Omit<Platform, 'config' | 'hosting'>, props: StackProps) {
    super(scope, id, props);
    this.key = new EncryptionKey(this, 'Key', config, 'functions', 'Logs, queues and environments of the functions');
    this.key.allowLogs(config);
    this.key.allowService('events.amazonaws.com');
    this.key.allowService('scheduler.amazonaws.com');
    const platform: Platform = { config, hosting: { config, key: this.key }, ...under };
    const base = new PlatformSlice(this, 'Platform', platform);
    const slices = [
      base,
      new DirectorySlice(this, 'Directory', platform),
      new AuthoritySlice(this, 'Authority', platform),
      new PoliciesSlice(this, 'Policies', platform),
      new AuditSlice(this, 'Audit', platform),
    ];
    this.authorizer = base.authorizer;
    this.exposes = slices.flatMap((slice) => slice.exposes);
    for (const fn of this.node.findAll().filter((child) => child instanceof Fn)) {
      const id = fn.label.replace(/(^|-)([a-z])/g, (_, _d, c: string) => c.toUpperCase());
      new CfnOutput(this, `Function${id}`, { value: fn.lambda.functionName });
    }
  }
}
