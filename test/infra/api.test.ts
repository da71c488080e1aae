import { describe, expect, it } from 'vitest';
import { problems, type ProblemCode } from '../../functions/shared/errors.ts';
import { only, type Resource, settled, synthesize } from './synthesis.ts';

const dev = synthesize('dev');
const methods = [...dev.of('AWS::ApiGateway::Method').values()];
const resources = dev.of('AWS::ApiGateway::Resource');

function pathOf(id: string): string {
  const resource = resources.get(id);
  return resource ? `${pathOf(resource.Properties.ParentId.Ref)}/${resource.Properties.PathPart}` : '';
}
const routeOf = ({ Properties }: Resource): string => `${Properties.HttpMethod} ${pathOf(Properties.ResourceId.Ref)}`;

const open = ['GET /v1/asyncapi.json', 'GET /v1/jwks.json', 'GET /v1/openapi.json'];
const slices = [
  'organization',
  'domains',
  'teams',
  'agents',
  'principals',
  'decisions',
  'escalations',
  'matrix',
  'policies',
  'audit',
];

describe('routes', () => {
  it('[GWY-1] asks the authorizer before every route but the public documents', () => {
    const unguarded = methods.filter(({ Properties }) => Properties.AuthorizationType !== 'CUSTOM').map(routeOf);
    expect(unguarded.toSorted()).toEqual(open);
    const guarded = methods.filter((method) => !open.includes(routeOf(method)));
    for (const method of guarded) expect(method.Properties.AuthorizerId, routeOf(method)).toBeDefined();
  });

  it('[GWY-1] gives each segment to its slice as a whole, but for collections that another has below its records', () => {
    const routes = methods.map(routeOf);
    for (const segment of slices) {
      expect(routes).toContain(`ANY /v1/${segment}`);
      if (segment !== 'agents') expect(routes).toContain(`ANY /v1/${segment}/{proxy+}`);
    }
    const shared = methods.filter((method) => routeOf(method).startsWith('ANY /v1/agents'));
    const targets = shared.map((method) => {
      const target = /FnGetAtt([A-Z][a-z]+)Api/.exec(JSON.stringify(method.Properties.Integration.Uri))?.[1];
      return `${routeOf(method).slice('ANY /v1/agents'.length)} ${target}`;
    });
    expect(targets.toSorted()).toEqual([
      ' Directory',
      '/{id} Directory',
      '/{id}/inbox Approvals',
      '/{id}/inbox/{proxy+} Approvals',
      '/{id}/work Workload',
      '/{id}/work/{proxy+} Workload',
      '/{id}/{proxy+} Directory',
    ]);
  });

  it('[GWY-1] caches what the authorizer said by token and principal together', () => {
    expect(only(dev.of('AWS::ApiGateway::Authorizer')).Properties).toMatchObject({
      Type: 'REQUEST',
      IdentitySource: 'method.request.header.Authorization,method.request.header.Orchestra-Principal',
      AuthorizerResultTtlInSeconds: 300,
    });
  });

  it('[GWY-1] lets the API call the functions of its routes, and no other API', () => {
    for (const [id, { Properties }] of dev.of('AWS::Lambda::Permission', 'Api')) {
      expect(Properties.Principal, id).toBe('apigateway.amazonaws.com');
      expect(JSON.stringify(Properties.SourceArn), id).toMatch(/"Ref":"Api/);
    }
  });
});

describe('stage', () => {
  const stage = only(dev.of('AWS::ApiGateway::Stage')).Properties;

  it('[GWY-1] bounds the rate, traces, and logs without tokens', () => {
    expect(stage.TracingEnabled).toBe(true);
    const [all] = stage.MethodSettings;
    expect(all).toMatchObject({
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: 200,
      ThrottlingBurstLimit: 400,
      LoggingLevel: 'ERROR',
      DataTraceEnabled: false,
    });
    const line = JSON.parse(stage.AccessLogSetting.Format) as Record<string, string>;
    expect(line).toMatchObject({
      request_id: '$context.requestId',
      status: '$context.status',
      trace_id: '$context.xrayTraceId',
    });
    expect(stage.AccessLogSetting.Format).not.toMatch(/authorization|header/i);
  });

  it('[GWY-1] caches the public documents where it is configured, and nothing that is made for one principal', () => {
    expect(stage.CacheClusterEnabled).toBe(false);
    const prod = only(synthesize('prod').of('AWS::ApiGateway::Stage')).Properties;
    expect(prod.CacheClusterEnabled).toBe(true);
    const cached = prod.MethodSettings.filter(({ CachingEnabled }: { CachingEnabled: boolean }) => CachingEnabled);
    expect(
      cached
        .map(({ ResourcePath }: { ResourcePath: string }) => ResourcePath.replaceAll('~1', '/').slice(1))
        .toSorted(),
    ).toEqual(['/v1/asyncapi.json', '/v1/jwks.json', '/v1/openapi.json', '/v1/policies/schema']);
    for (const setting of cached) expect(setting).toMatchObject({ HttpMethod: 'GET', CacheDataEncrypted: true });
  });
});

describe('the way in', () => {
  const policyOf = (synthesis: typeof dev) =>
    only(synthesis.of('AWS::ApiGateway::RestApi')).Properties.Policy.Statement;
  const plain = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };

  it('[GWY-3] speaks TLS 1.2 and newer only', () => {
    expect(only(dev.of('AWS::ApiGateway::RestApi')).Properties).toMatchObject({
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
      EndpointAccessMode: 'STRICT',
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
    expect(policyOf(dev)).toContainEqual(expect.objectContaining(plain));
  });

  it('[GWY-3] admits the networks of the configuration and refuses all others', () => {
    const fenced = synthesize('dev', { allowed_cidrs: '203.0.113.0/24,2001:db8::/32' });
    expect(policyOf(fenced)).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Condition: { NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] } },
      }),
    );
    expect(policyOf(dev).filter(({ Effect }: { Effect: string }) => Effect === 'Deny')).toHaveLength(1);
  });

  it('[GWY-3] is reached by the custom domain alone where there is one', () => {
    const named = synthesize('dev', {
      custom_domain: {
        name: 'orchestra.example.com',
        certificate_arn: 'arn:aws:acm:eu-central-1:111122223333:certificate/1',
        hosted_zone: { id: 'Z1', name: 'example.com' },
      },
      web_acl_arn: 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/main/1',
    });
    expect(only(named.of('AWS::ApiGateway::RestApi')).Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(only(named.of('AWS::ApiGateway::DomainName')).Properties).toMatchObject({
      DomainName: 'orchestra.example.com',
      SecurityPolicy: expect.stringContaining('TLS13_1_2'),
    });
    expect(only(named.of('AWS::Route53::RecordSet')).Properties.Name).toBe('orchestra.example.com.');
    expect(only(named.of('AWS::WAFv2::WebACLAssociation')).Properties.WebACLArn).toContain('webacl/main');
  });
});

describe('answers of the gateway itself', () => {
  const responses = [...dev.of('AWS::ApiGateway::GatewayResponse').values()].map(({ Properties }) => ({
    type: String(Properties.ResponseType),
    status: Number(Properties.StatusCode),
    headers: Properties.ResponseParameters as Record<string, string>,
    document: JSON.parse(Properties.ResponseTemplates['application/json']) as Record<string, string | number>,
  }));
  const answer = (type: string) => responses.find((one) => one.type === type);

  it('[GWY-4] are problem documents of the catalogue', () => {
    expect(responses.map(({ type }) => type)).toEqual(expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX']));
    for (const { type, status, headers, document } of responses) {
      const code = document.code as ProblemCode;
      const [expected, title] = problems[code];
      expect([status, document.status, document.title], type).toEqual([expected, expected, title]);
      expect(document.type).toBe(`urn:orchestra:problem:${code}`);
      expect(document.instance).toContain('$context.requestId');
      expect(headers['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'");
    }
  });

  it.each([
    ['UNAUTHORIZED', 401, 'WWW-Authenticate'],
    ['THROTTLED', 429, 'Retry-After'],
  ])('[GWY-4] tell the caller of %s what to do', (type, status, header) => {
    expect(answer(type)?.status).toBe(status);
    expect(answer(type)?.headers).toHaveProperty([`gatewayresponse.header.${header}`]);
  });

  it.each([
    ['MISSING_AUTHENTICATION_TOKEN', 404],
    ['ACCESS_DENIED', 403],
    ['REQUEST_TOO_LARGE', 413],
    ['UNSUPPORTED_MEDIA_TYPE', 415],
  ])('[GWY-4] answer %s with %i', (type, status) => expect(answer(type)?.status).toBe(status));
});

describe('identity', () => {
  const clients = [...dev.of('AWS::Cognito::UserPoolClient').values()].map(({ Properties }) => Properties);

  it('[GWY-1] gives each runtime a client with a secret, for client credentials and its scopes only', () => {
    const names = dev.config.runtimes.map(({ name }) => name);
    expect(clients.map(({ ClientName }) => ClientName)).toEqual([...names, 'people']);
    for (const client of clients.filter(({ ClientName }) => ClientName !== 'people')) {
      const runtime = dev.config.runtimes.find(({ name }) => name === client.ClientName);
      expect(client).toMatchObject({
        GenerateSecret: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: runtime?.scopes.map((scope) => `orchestra/${scope}`),
      });
    }
  });

  it('[GWY-1] lets people sign in by code and PKCE, with a second factor, and sends them to known places only', () => {
    const people = clients.find(({ ClientName }) => ClientName === 'people');
    expect(people).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: dev.config.people.scopes.map((scope) => `orchestra/${scope}`),
      CallbackURLs: dev.config.people.callback_urls,
    });
    const pool = only(dev.of('AWS::Cognito::UserPool'), 'Runtimes').Properties;
    expect(pool).toMatchObject({ MfaConfiguration: 'ON', AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
  });

  it('[GWY-2] trusts the pool for its own clients, and each issuer of the configuration for its audience', () => {
    const oidc = [{ issuer: 'https://id.example.com', jwks_uri: 'https://id.example.com/jwks', audience: 'orchestra' }];
    const trusting = synthesize('dev', { oidc });
    const { Variables } = only(trusting.of('AWS::Lambda::Function'), 'PlatformAuthorizer').Properties.Environment;
    const [cognito, other] = JSON.parse(settled('ControlPlane', Variables.TRUSTED_ISSUERS) as string);
    expect(cognito.jwks_uri).toBe(`${cognito.issuer}/.well-known/jwks.json`);
    expect(cognito.issuer).toMatch(/^https:\/\/cognito-idp\.eu-central-1\.amazonaws\.com\//);
    expect(cognito.client_ids).toHaveLength(dev.config.runtimes.length + 1);
    expect(other).toEqual(oidc[0]);
  });

  it('[GWY-1] says where to get a token, and no secret', () => {
    const outputs = Object.entries(dev.template('Identity')?.Outputs ?? {}).filter(
      ([name]) => !name.startsWith('Export'),
    );
    expect(outputs.map(([name]) => name)).toEqual(
      expect.arrayContaining(['TokenEndpoint', 'UserPoolId', 'ClientOperator']),
    );
    expect(JSON.stringify(dev.template('Identity'))).not.toMatch(/ClientSecret/);
  });
});
