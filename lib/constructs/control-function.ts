import { Duration } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type * as z from 'zod';
import { removalOf } from '../config.ts';
import { acknowledge, acknowledgeWildcard } from '../guardrails/acknowledge.ts';
import { bundleOf } from './bundle.ts';
import { DeadLetters } from './dead-letters.ts';
import { type Hosting, nameOf } from './hosting.ts';

export type ControlFunctionProps<S extends z.ZodObject> = {
  hosting: Hosting;
  /** File under `functions/`, without extension: `authority/api`. It names the function and its metrics. */
  entry: `${string}/${string}`;
  description: string;
  /** Schema that the function reads its environment with, and what it is bound to here. */
  schema: S;
  env: NoInfer<z.input<S>>;
  timeout?: Duration;
  /** MB; CPU grows with it. */
  memory?: number;
  /** Takes this many from the account's concurrency; unset, the function shares the rest. */
  concurrency?: number;
  /** Ships Cedar's WebAssembly beside the bundle. */
  cedar?: boolean;
};

/**
 * A Lambda function of the control plane: bundled, traced, logging to its own encrypted group, with a role of its own that
 * may do nothing else yet, and a queue for what it failed on.
 */
export class ControlFunction<S extends z.ZodObject = z.ZodObject> extends Construct implements IGrantable {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly deadLetters: DeadLetters;
  readonly grantPrincipal: IPrincipal;
  /** `authority-api`; its metrics carry it as dimension `service`. */
  readonly label: string;
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: ControlFunctionProps<S>) {
    super(scope, id);
    const { config, key } = props.hosting;
    this.label = props.entry.replaceAll('/', '-');
    this.timeout = props.timeout ?? Duration.seconds(10);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Execution role of ${this.label}`,
    });
    this.grantPrincipal = this.role;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: config.log_retention_days,
      encryptionKey: key,
      removalPolicy: removalOf(config),
    });
    logGroup.grantWrite(this.role);
    this.deadLetters = new DeadLetters(this, 'DeadLetters', key);
    // Gives the key as well: letters and environment rest under the same one.
    this.deadLetters.allowSend(this.role);
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: nameOf(config, this.label),
      description: props.description,
      code: bundleOf(props.entry, props.cedar ?? false),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memory ?? 512,
      timeout: this.timeout,
      ...(props.concurrency === undefined ? {} : { reservedConcurrentExecutions: props.concurrency }),
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      deadLetterQueue: this.deadLetters,
      environmentEncryption: key,
      environment: { ...(props.env as Record<string, string>), ...telemetryEnv(this.label) },
    });
    this.acknowledgements(props.concurrency === undefined);
  }

  private acknowledgements(sharesConcurrency: boolean): void {
    acknowledgeWildcard(
      this,
      '*',
      'X-Ray and the tokens of workflows know no resources: these actions can only be granted on all. The rule Orchestra-WildcardResource admits nothing else.',
    );
    acknowledge(
      this,
      ['LambdaInsideVPC'],
      'The function calls AWS APIs only, over TLS, signed, and bounded by its own role; it has no address that could be reached, and a VPC would add no control but an egress to maintain.',
    );
    acknowledge(
      this,
      ['IAMNoInlinePolicy'],
      'The policy belongs to this one role and must not be attached to any other; it is created, reviewed and removed together with it.',
    );
    if (!sharesConcurrency) return;
    acknowledge(
      this,
      ['LambdaConcurrency'],
      'Callers are bounded by the throttle of the stage and the rate limit of each principal, streams and queues by their pollers; reserving would starve other functions of the account, and an alarm watches throttling.',
    );
  }
}

const telemetryEnv = (service: string): Record<string, string> => ({
  POWERTOOLS_SERVICE_NAME: service,
  POWERTOOLS_METRICS_NAMESPACE: metricsNamespace,
  POWERTOOLS_LOG_LEVEL: 'INFO',
});

/** Where the functions' own metrics are found in CloudWatch. */
export const metricsNamespace = 'EnterpriseOrchestra';
