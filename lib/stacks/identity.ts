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

/**
 * Who may get a token: one client with a secret per runtime, by client credentials; and one without a secret for people,
 * who sign in on the pages of Cognito (authorization code with PKCE, a second factor always).
 */
export class IdentityStack extends Stack {
  readonly userPool: UserPool;
  readonly clients: ReadonlyMap<string, UserPoolClient>;
  readonly people: UserPoolClient;

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
      'The Plus plan guards passwords that users choose at will. Here a few invited people sign in with a second factor always; an organisation with many brings its own issuer (`oidc`).',
    );
    const server = this.userPool.addResourceServer('Orchestra', {
      identifier: 'orchestra',
      scopes: resourceScopes.map((name) => new ResourceServerScope({ scopeName: name, scopeDescription: name })),
    });
    this.userPool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: `${nameOf(config)}-${this.account}` },
    });
    this.clients = new Map(config.runtimes.map((runtime) => [runtime.name, this.client(runtime, server)]));
    this.people = this.signIn(config, server);
    this.outputs(config);
  }

  /** Every client whose tokens the deployment trusts. */
  get clientIds(): string[] {
    return [...this.clients.values(), this.people].map((client) => client.userPoolClientId);
  }

  /** Client id of the operator, whom the seed binds to the root principal. */
  operatorClientId(config: Config): string {
    const id = config.operator_client_id ?? this.clients.get('operator')?.userPoolClientId;
    if (!id) throw new Error('runtimes: one must be named operator, or operator_client_id be given');
    return id;
  }

  private client({ name, scopes }: Config['runtimes'][number], server: UserPoolResourceServer): UserPoolClient {
    const client = new UserPoolClient(this, `Client-${name}`, {
      userPool: this.userPool,
      userPoolClientName: name,
      generateSecret: true,
      authFlows: {},
      oAuth: {
        flows: { clientCredentials: true },
        scopes: scopesOf(name, scopes),
      },
      accessTokenValidity: Duration.minutes(60),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    });
    client.node.addDependency(server);
    return client;
  }

  /** No secret: what runs on a person's machine cannot keep one, which PKCE makes up for. */
  private signIn({ people }: Config, server: UserPoolResourceServer): UserPoolClient {
    const client = new UserPoolClient(this, 'People', {
      userPool: this.userPool,
      userPoolClientName: 'people',
      generateSecret: false,
      authFlows: {},
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: scopesOf('people', people.scopes),
        callbackUrls: people.callback_urls,
      },
      accessTokenValidity: Duration.minutes(60),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    });
    client.node.addDependency(server);
    return client;
  }

  private outputs(config: Config): void {
    const pages = `https://${nameOf(config)}-${this.account}.auth.${Aws.REGION}.amazoncognito.com`;
    new CfnOutput(this, 'TokenEndpoint', { value: `${pages}/oauth2/token` });
    new CfnOutput(this, 'SignInEndpoint', { value: `${pages}/oauth2/authorize` });
    new CfnOutput(this, 'ClientPeople', { value: this.people.userPoolClientId });
    new CfnOutput(this, 'UserPoolId', { value: this.userPool.userPoolId });
    for (const [name, client] of this.clients) {
      new CfnOutput(this, `Client${pascal(name)}`, { value: client.userPoolClientId });
    }
  }
}

function scopesOf(client: string, names: readonly string[]): OAuthScope[] {
  const unknown = names.filter((name) => !resourceScopes.includes(name));
  if (unknown.length > 0) throw new Error(`${client} asks for unknown scopes ${unknown.join(', ')}`);
  return names.map((name) => OAuthScope.custom(`orchestra/${name}`));
}
