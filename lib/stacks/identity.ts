import { Aws, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  FeaturePlan,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  UserPoolClient,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { scopes as routeScopes } from '../../functions/shared/contract.ts';
import { type Config, removalOf } from '../config.ts';
import { nameOf, pascal } from '../constructs/hosting.ts';
import { acknowledge } from '../guardrails/acknowledge.ts';

/** Scopes of the resource server `orchestra`; a token carries them as `orchestra/<scope>`. */
export const resourceScopes: readonly string[] = routeScopes;

/** Who may get a token: one client with a secret per runtime, by client credentials only. No human signs in here. */
export class IdentityStack extends Stack {
  readonly userPool: UserPool;
  readonly clients: ReadonlyMap<string, UserPoolClient>;

  constructor(scope: Construct, id: string, config: Config, props: StackProps) {
    super(scope, id, props);
    this.userPool = new UserPool(this, 'Runtimes', {
      userPoolName: nameOf(config, 'runtimes'),
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { sms: false, otp: true },
      passwordPolicy: {
        minLength: 16,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
      },
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: config.removal === 'RETAIN',
      removalPolicy: removalOf(config),
    });
    acknowledge(
      this.userPool,
      ['AwsSolutions-COG8'],
      'The Plus plan guards the sign-in of users; this pool has none, only clients with generated secrets.',
    );
    const server = this.userPool.addResourceServer('Orchestra', {
      identifier: 'orchestra',
      scopes: resourceScopes.map((name) => new ResourceServerScope({ scopeName: name, scopeDescription: name })),
    });
    this.userPool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: `${nameOf(config)}-${this.account}` },
    });
    this.clients = new Map(config.runtimes.map((runtime) => [runtime.name, this.client(runtime, server)]));
    this.outputs(config);
  }

  /** Client id of the operator, whom the seed binds to the root principal. */
  operatorClientId(config: Config): string {
    const id = config.operator_client_id ?? this.clients.get('operator')?.userPoolClientId;
    if (!id) throw new Error('runtimes: one must be named operator, or operator_client_id be given');
    return id;
  }

  private client({ name, scopes }: Config['runtimes'][number], server: UserPoolResourceServer): UserPoolClient {
    const unknown = scopes.filter((scope) => !resourceScopes.includes(scope));
    if (unknown.length > 0) throw new Error(`runtimes: ${name} asks for unknown scopes ${unknown.join(', ')}`);
    const client = new UserPoolClient(this, `Client-${name}`, {
      userPool: this.userPool,
      userPoolClientName: name,
      generateSecret: true,
      authFlows: {},
      oAuth: {
        flows: { clientCredentials: true },
        scopes: scopes.map((scope) => OAuthScope.custom(`orchestra/${scope}`)),
      },
      accessTokenValidity: Duration.minutes(60),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    });
    client.node.addDependency(server);
    return client;
  }

  private outputs(config: Config): void {
    const endpoint = `https://${nameOf(config)}-${this.account}.auth.${Aws.REGION}.amazoncognito.com/oauth2/token`;
    new CfnOutput(this, 'TokenEndpoint', { value: endpoint });
    new CfnOutput(this, 'UserPoolId', { value: this.userPool.userPoolId });
    for (const [name, client] of this.clients) {
      new CfnOutput(this, `Client${pascal(name)}`, { value: client.userPoolClientId });
    }
  }
}
