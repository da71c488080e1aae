import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  type CfnRestApi,
  EndpointAccessMode,
  EndpointType,
  IdentitySource,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  MethodLoggingLevel,
  RequestAuthorizer,
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
import { type Config, removalOf } from '../config.ts';
import type { ControlFunction } from '../constructs/control-function.ts';
import type { EncryptionKey } from '../constructs/encryption-key.ts';
import { nameOf } from '../constructs/hosting.ts';
import { acknowledge } from '../guardrails/acknowledge.ts';
import type { Exposure } from '../slices/slice.ts';
import { acknowledgeApi, publicDocument } from './api-acknowledgements.ts';
import { gatewayResponses } from './gateway-responses.ts';

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
    this.executionLogs(config, props.key);
    for (const [name, response] of Object.entries(gatewayResponses)) this.api.addGatewayResponse(name, response);
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
      retention: config.log_retention_days,
      encryptionKey: props.key,
      removalPolicy: removalOf(config),
    });
    const api = new RestApi(this, 'Api', {
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
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
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
    const resource = api.node.defaultChild as CfnRestApi;
    // The default of the endpoint is TLS 1.0, and the L2 construct does not offer the property yet.
    resource.securityPolicy = SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09;
    resource.endpointAccessMode = EndpointAccessMode.STRICT;
    // `ApiUrl` says it, with the custom domain where there is one.
    api.node.tryRemoveChild('Endpoint');
    acknowledgeApi(api, config);
    return api;
  }

  /** API Gateway would make this group itself, without a key and for ever. */
  private executionLogs(config: Config, key: EncryptionKey): void {
    const logs = new LogGroup(this, 'ExecutionLogs', {
      logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/${stageName}`,
      retention: config.log_retention_days,
      encryptionKey: key,
      removalPolicy: removalOf(config),
    });
    this.api.deploymentStage.node.addDependency(logs);
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
    const resources = new Map<string, IResource>([['', v1]]);
    const add = (path: string): IResource => {
      const at = path.lastIndexOf('/');
      const parent = resources.get(path.slice(0, Math.max(at, 0)));
      if (!parent) throw new Error(`nothing is there for ${path} to be below`);
      const resource = parent.addResource(path.slice(at + 1));
      resources.set(path, resource);
      return resource;
    };
    const targets = exposes.map((exposure) => ({
      ...exposure,
      integration: new LambdaIntegration(this.here(exposure.function), { allowTestInvoke: false }),
    }));
    // What others have below a segment comes after it.
    for (const { segments, integration } of targets) {
      const all = segments.flatMap((segment) => segmentPaths(segment, exposes));
      for (const path of all) add(path).addMethod('ANY', integration, verified);
    }
    for (const { below = [], documents, integration } of targets) {
      for (const path of below.flatMap((one) => [one, `${one}/{proxy+}`])) {
        add(path).addMethod('ANY', integration, verified);
      }
      for (const { path, open } of documents) {
        const method = add(path).addMethod('GET', integration, open ? {} : verified);
        if (open) acknowledge(method, ['AwsSolutions-APIG4'], publicDocument);
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

  private customDomain(api: RestApi, domain: NonNullable<Config['custom_domain']>): void {
    api.addDomainName('Domain', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificate_arn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
      endpointAccessMode: EndpointAccessMode.STRICT,
    });
    if (!domain.hosted_zone) return;
    const { id, name: zoneName } = domain.hosted_zone;
    new ARecord(this, 'Alias', {
      zone: HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: id, zoneName }),
      recordName: domain.name,
      target: RecordTarget.fromAlias(new ApiAlias(api)),
    });
  }
}

/**
 * The paths of a segment. A resource has one variable child, so where another function has a collection below the records,
 * such as `agents/{id}/inbox`, the rest of the segment is below the record too.
 */
function segmentPaths(segment: string, exposes: readonly Exposure[]): string[] {
  const isShared = exposes.some(({ below = [] }) => below.some((path) => path.startsWith(`${segment}/`)));
  const record = `${segment}/{id}`;
  return isShared ? [segment, record, `${record}/{proxy+}`] : [segment, `${segment}/{proxy+}`];
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
