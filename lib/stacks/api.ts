import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  EndpointType,
  type GatewayResponseOptions,
  IdentitySource,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  RequestAuthorizer,
  ResponseType,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGateway as ApiAlias } from 'aws-cdk-lib/aws-route53-targets';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { problems, type ProblemCode } from '../../functions/shared/errors.ts';
import { type Config, removalOf } from '../config.ts';
import type { ControlFunction } from '../constructs/control-function.ts';
import type { EncryptionKey } from '../constructs/encryption-key.ts';
import { nameOf } from '../constructs/hosting.ts';
import type { Exposure } from '../slices/slice.ts';

export type ApiStackProps = StackProps & {
  key: EncryptionKey;
  authorizer: ControlFunction;
  exposes: readonly Exposure[];
};

const stageName = 'live';

/** The way in: one REST API, one authorizer, a route per slice. */
export class ApiStack extends Stack {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, config: Config, props: ApiStackProps) {
    super(scope, id, props);
    this.api = this.restApi(config, props);
    this.gatewayResponses();
    this.routes(config, props);
    if (config.custom_domain) this.customDomain(this.api, config.custom_domain);
    if (config.web_acl_arn) {
      const { stageArn } = this.api.deploymentStage;
      new CfnWebACLAssociation(this, 'WebAcl', { resourceArn: stageArn, webAclArn: config.web_acl_arn });
    }
    const url = config.custom_domain ? `https://${config.custom_domain.name}/` : this.api.url;
    new CfnOutput(this, 'ApiUrl', { value: url });
    new CfnOutput(this, 'RestApiId', { value: this.api.restApiId });
  }

  private restApi(config: Config, props: ApiStackProps): RestApi {
    const logs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/orchestra/${config.env}/api-access`,
      retention: config.log_retention_days,
      encryptionKey: props.key,
      removalPolicy: removalOf(config),
    });
    return new RestApi(this, 'Api', {
      restApiName: nameOf(config, 'api'),
      description: 'Control plane of Enterprise Orchestra, version 1',
      endpointTypes: [EndpointType.REGIONAL],
      disableExecuteApiEndpoint: config.custom_domain !== undefined,
      cloudWatchRole: true,
      policy: resourcePolicy(config),
      deployOptions: {
        stageName,
        tracingEnabled: true,
        metricsEnabled: true,
        throttlingRateLimit: config.throttle.rate,
        throttlingBurstLimit: config.throttle.burst,
        accessLogDestination: new LogGroupLogDestination(logs),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLog)),
        cacheClusterEnabled: config.cache.enabled,
        ...(config.cache.enabled ? { cacheClusterSize: config.cache.size } : {}),
        cacheDataEncrypted: true,
        cachingEnabled: false,
        methodOptions: cachedMethods(config, props.exposes),
      },
    });
  }

  private routes(config: Config, { authorizer, exposes }: ApiStackProps): void {
    const v1 = this.api.root.addResource('v1');
    const verified = {
      authorizer: new RequestAuthorizer(this, 'Authorizer', {
        handler: this.here(authorizer),
        identitySources: [IdentitySource.header('Authorization'), IdentitySource.header('Orchestra-Principal')],
        resultsCacheTtl: Duration.seconds(config.authorizer_cache_seconds),
      }),
    };
    const resources = new Map<string, IResource>();
    for (const { function: target, segments, documents } of exposes) {
      const integration = new LambdaIntegration(this.here(target), { allowTestInvoke: false });
      for (const segment of segments) {
        const resource = v1.addResource(segment);
        resources.set(segment, resource);
        resource.addMethod('ANY', integration, verified);
        resource.addResource('{proxy+}').addMethod('ANY', integration, verified);
      }
      for (const { path, open } of documents) {
        const [first = '', second] = path.split('/');
        const parent = second === undefined ? v1 : resources.get(first);
        if (!parent) throw new Error(`no segment ${first} for the document ${path}`);
        parent.addResource(second ?? first).addMethod('GET', integration, open ? {} : verified);
      }
    }
  }

  /** The function as this stack sees it: its permission to be called by the API belongs here, or the stacks would form a circle. */
  private here({ label, lambda }: ControlFunction): IFunction {
    return LambdaFunction.fromFunctionAttributes(this, `Function-${label}`, {
      functionArn: lambda.functionArn,
      sameEnvironment: true,
    });
  }

  private gatewayResponses(): void {
    for (const [id, response] of Object.entries(gatewayResponses)) this.api.addGatewayResponse(id, response);
  }

  private customDomain(api: RestApi, domain: NonNullable<Config['custom_domain']>): void {
    const name = api.addDomainName('Domain', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificate_arn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    void name;
    if (!domain.hosted_zone) return;
    const { id, name: zoneName } = domain.hosted_zone;
    new ARecord(this, 'Alias', {
      zone: HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: id, zoneName }),
      recordName: domain.name,
      target: RecordTarget.fromAlias(new ApiAlias(api)),
    });
  }
}

/** Everybody may knock over TLS, or only the listed networks; the authorizer decides who comes in. */
function resourcePolicy({ allowed_cidrs }: Config): PolicyDocument {
  const statement = (effect: Effect, conditions: Record<string, unknown>): PolicyStatement =>
    new PolicyStatement({
      effect,
      principals: [new AnyPrincipal()],
      actions: ['execute-api:Invoke'],
      resources: ['execute-api:/*'],
      conditions,
    });
  const statements = [
    statement(Effect.ALLOW, {}),
    statement(Effect.DENY, { Bool: { 'aws:SecureTransport': 'false' } }),
  ];
  if (allowed_cidrs.length > 0) {
    statements.push(statement(Effect.DENY, { NotIpAddress: { 'aws:SourceIp': allowed_cidrs } }));
  }
  return new PolicyDocument({ statements });
}

function cachedMethods({ cache }: Config, exposes: readonly Exposure[]): Record<string, MethodDeploymentOptions> {
  if (!cache.enabled) return {};
  const documents = exposes.flatMap((exposure) => exposure.documents);
  return Object.fromEntries(
    documents.map(({ path, cacheSeconds }) => [
      `/v1/${path}/GET`,
      { cachingEnabled: true, cacheTtl: Duration.seconds(cacheSeconds), cacheDataEncrypted: true },
    ]),
  );
}

const accessLog = {
  request_id: '$context.requestId',
  time: '$context.requestTimeEpoch',
  principal: '$context.authorizer.principal',
  client: '$context.authorizer.principalId',
  source_ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  path: '$context.path',
  status: '$context.status',
  problem: '$context.error.responseType',
  latency_ms: '$context.responseLatency',
  integration_ms: '$context.integrationLatency',
  bytes: '$context.responseLength',
  trace_id: '$context.xrayTraceId',
};

const headers = { 'Content-Type': "'application/problem+json'", 'Cache-Control': "'no-store'" };

function problem(type: ResponseType, code: ProblemCode, detail: string, more: Record<string, string> = {}): GatewayResponseOptions {
  const [status, title] = problems[code];
  const document = { type: `urn:orchestra:problem:${code}`, title, status, code, detail, instance: '$context.requestId' };
  return {
    type,
    statusCode: String(status),
    responseHeaders: { ...headers, ...more },
    templates: { 'application/json': JSON.stringify(document) },
  };
}

/** What the gateway answers by itself, in the form that every other answer of the API has. */
const gatewayResponses: Record<string, GatewayResponseOptions> = {
  // The authorizer passes a bad token on for `serve` to refuse, so only the resource policy denies.
  AccessDenied: problem(ResponseType.ACCESS_DENIED, 'AccessDenied', 'The address of this request is not on the allow list.'),
  Unauthorized: problem(
    ResponseType.UNAUTHORIZED,
    'CredentialsMissing',
    'Send Authorization: Bearer <token> and Orchestra-Principal: <id>.',
    { 'WWW-Authenticate': `'Bearer realm="orchestra"'` },
  ),
  NoRoute: problem(ResponseType.MISSING_AUTHENTICATION_TOKEN, 'RouteNotFound', 'No route has this path and method.'),
  NotFound: problem(ResponseType.RESOURCE_NOT_FOUND, 'RouteNotFound', 'No route has this path and method.'),
  Throttled: problem(ResponseType.THROTTLED, 'RateLimited', 'The deployment as a whole is at its limit.', {
    'Retry-After': "'1'",
  }),
  TooLarge: problem(ResponseType.REQUEST_TOO_LARGE, 'PayloadTooLarge', 'The request is larger than the gateway takes.'),
  MediaType: problem(ResponseType.UNSUPPORTED_MEDIA_TYPE, 'UnsupportedMediaType', 'The content type is not supported.'),
  BadBody: problem(ResponseType.BAD_REQUEST_BODY, 'MalformedRequest', 'The body is not well formed.'),
  BadParameters: problem(ResponseType.BAD_REQUEST_PARAMETERS, 'MalformedRequest', 'The parameters are not well formed.'),
  Default4xx: problem(ResponseType.DEFAULT_4XX, 'MalformedRequest', 'The gateway refused the request.'),
  Default5xx: problem(ResponseType.DEFAULT_5XX, 'InternalError', 'The request failed on our side.'),
};
