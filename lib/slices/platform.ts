import { Aws, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type * as z from 'zod';
import {
  ArchiverEnv,
  AuthorizerEnv,
  DocumentsEnv,
  RelayEnv,
  SeedEnv,
  type TrustedIssuer,
} from '../../functions/platform/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { StreamConsumer } from '../constructs/stream-consumer.ts';
import { allowCommit, allowSealing, commitEnv, evidenceEnv, type Exposure, type Platform } from './slice.ts';

/** What belongs to no slice: who gets in, what leaves the ledger, what is there on the first day. */
export class PlatformSlice extends Construct {
  readonly authorizer: ControlFunction;
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    this.authorizer = this.makeAuthorizer();
    this.relay();
    this.archiver();
    this.seed();
    this.exposes = [this.documents()];
  }

  private makeAuthorizer(): ControlFunction {
    const authorizer = new ControlFunction(this, 'Authorizer', {
      hosting: this.platform.hosting,
      entry: 'platform/authorizer',
      description: 'Verifies the token of each request',
      schema: AuthorizerEnv,
      env: { STATE_TABLE: this.platform.data.state.table.tableName, TRUSTED_ISSUERS: this.trustedIssuers() },
      memory: 1024,
    });
    this.platform.data.state.allow(authorizer, { get: ['directory#*'] });
    return authorizer;
  }

  private trustedIssuers(): string {
    const { config, identity } = this.platform;
    const { userPoolId } = identity.userPool;
    const issuer = `https://cognito-idp.${Aws.REGION}.amazonaws.com`;
    const cognito: z.input<typeof TrustedIssuer> = {
      issuer: `${issuer}/${userPoolId}`,
      jwks_uri: `${config.cognito_jwks_base ?? issuer}/${userPoolId}/.well-known/jwks.json`,
      client_ids: identity.clientIds,
    };
    return Stack.of(this).toJsonString([cognito, ...config.oidc]);
  }

  private relay(): void {
    const { hosting, data, messaging } = this.platform;
    const names = Object.entries(messaging.buses).map(([name, bus]) => [name, bus.eventBusName]);
    const relay = new ControlFunction(this, 'Relay', {
      hosting,
      entry: 'platform/relay',
      description: 'Publishes what the ledger recorded',
      schema: RelayEnv,
      env: { EVENT_BUSES: Stack.of(this).toJsonString(Object.fromEntries(names)) },
      timeout: Duration.seconds(60),
    });
    for (const bus of Object.values(messaging.buses)) bus.grantPutEventsTo(relay);
    new StreamConsumer(this, 'RelayStream', { ledger: data.ledger, consumer: relay, filters: [entryWritten] });
  }

  private archiver(): void {
    const { hosting, data } = this.platform;
    const archiver = new ControlFunction(this, 'Archiver', {
      hosting,
      entry: 'platform/archiver',
      description: 'Archives and seals entries when written; puts back what may not be gone; reports tampering',
      schema: ArchiverEnv,
      env: { ...commitEnv(this.platform), ...evidenceEnv(this.platform) },
      timeout: Duration.seconds(60),
    });
    data.allowArchive(archiver);
    data.allowReadingCheckpoints(archiver);
    allowSealing(this.platform, archiver);
    data.state.allow(archiver, { list: { table: ['audit#*'] } });
    data.ledger.allow(archiver, { append: true, get: true });
    const filters = [entryWritten, changedOrRemoved];
    new StreamConsumer(this, 'ArchiverStream', { ledger: data.ledger, consumer: archiver, filters });
  }

  private documents(): Exposure {
    const documents = new ControlFunction(this, 'Documents', {
      hosting: this.platform.hosting,
      entry: 'platform/documents',
      description: 'Serves the OpenAPI and AsyncAPI documents',
      schema: DocumentsEnv,
      env: {},
    });
    const paths = ['openapi.json', 'asyncapi.json'];
    return {
      function: documents,
      segments: [],
      documents: paths.map((path) => ({ path, open: true, cacheSeconds: 300 })),
    };
  }

  private seed(): void {
    const { hosting, config, identity } = this.platform;
    const seed = new ControlFunction(this, 'Seed', {
      hosting,
      entry: 'platform/seed',
      description: 'Commits the default matrix, the starter policies, the root principal and the default limits',
      schema: SeedEnv,
      env: {
        ...commitEnv(this.platform),
        OPERATOR_CLIENT_ID: identity.operatorClientId(config),
        DOMAINS: JSON.stringify(config.domains),
      },
      timeout: Duration.seconds(50),
      memory: 1024,
      cedar: true,
    });
    const keys = ['directory#*', 'authority#*', 'policies#*', 'limits#*'];
    allowCommit(this.platform, seed, { get: keys, list: { table: ['policies#*'] }, put: keys });
    const code = (seed.lambda.node.defaultChild as CfnFunction).code as CfnFunction.CodeProperty;
    const resource = new CustomResource(this, 'FirstDay', {
      resourceType: 'Custom::OrchestraSeed',
      serviceToken: seed.lambda.functionArn,
      serviceTimeout: Duration.minutes(1),
      // The bundle holds matrix and policies as text, so its hash changes when they do, and the seed runs again.
      properties: { ContentDigest: code.s3Key },
    });
    // The grants of the role are resources of their own, and the seed needs them.
    resource.node.addDependency(seed.role);
  }
}

const entryWritten = { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['entry'] } } } };

/** What expired, and what nobody has the right to do. */
const changedOrRemoved = { eventName: ['MODIFY', 'REMOVE'] };
