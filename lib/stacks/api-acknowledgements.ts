import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Config } from '../config.ts';
import { acknowledge } from '../guardrails/acknowledge.ts';

/** Why the API differs from what the public rule packs expect of one. */
export function acknowledgeApi(api: RestApi, config: Config): void {
  acknowledge(
    api,
    ['AwsSolutions-APIG2'],
    'Each request is validated in full, path to body, by the schema of its route, the same that the published OpenAPI document is made from; a second, coarser copy in the gateway could only disagree with it.',
  );
  acknowledge(
    api,
    ['AwsSolutions-COG4'],
    'A Lambda authorizer verifies tokens of every configured OIDC issuer, of which Cognito is one; a Cognito authorizer could verify those of Cognito only.',
  );
  acknowledge(
    api,
    [
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    ],
    'API Gateway takes one role for its logs per account and region, and documents this managed policy as the one it needs.',
  );
  acknowledge(
    api,
    ['APIGWCacheEnabledAndEncrypted'],
    'Answers are made for one principal and must not be served to another from a cache; where caching is configured, only documents that are the same for everybody are cached, encrypted.',
  );
  acknowledge(
    api,
    ['APIGWSSLEnabled'],
    'The certificate would prove the gateway to an HTTP back end; every integration here is a Lambda function, called through IAM.',
  );
  if (config.web_acl_arn) return;
  acknowledge(
    api,
    ['AwsSolutions-APIG3', 'APIGWAssociatedWithWAF'],
    "A web ACL is the organisation's own and is attached by configuration (web_acl_arn); without one, stage throttling, the limit of each principal, the address list and full validation stand.",
  );
}

export const publicDocument =
  'A public document, the same for everybody: it must be readable before one has a token, and offline verifiers of receipts need the keys.';
