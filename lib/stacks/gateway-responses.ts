import { type GatewayResponseOptions, ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { type ProblemCode, problems } from '../../functions/shared/errors.ts';

const headers = { 'Content-Type': "'application/problem+json'", 'Cache-Control': "'no-store'" };

function problem(
  type: ResponseType,
  code: ProblemCode,
  detail: string,
  more: Record<string, string> = {},
): GatewayResponseOptions {
  const [status, title] = problems[code];
  const document = {
    type: `urn:orchestra:problem:${code}`,
    title,
    status,
    code,
    detail,
    instance: 'urn:orchestra:request:$context.requestId',
  };
  return {
    type,
    statusCode: String(status),
    responseHeaders: { ...headers, ...more },
    templates: { 'application/json': JSON.stringify(document) },
  };
}

/** What the gateway answers by itself, in the form that every other answer of the API has. */
export const gatewayResponses: Record<string, GatewayResponseOptions> = {
  // The authorizer passes a bad token on for `serve` to refuse, so only the resource policy denies.
  AccessDenied: problem(
    ResponseType.ACCESS_DENIED,
    'AccessDenied',
    'The address of this request is not on the allow list.',
  ),
  Filtered: problem(ResponseType.WAF_FILTERED, 'AccessDenied', 'The firewall of this deployment refused the request.'),
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
  BadParameters: problem(
    ResponseType.BAD_REQUEST_PARAMETERS,
    'MalformedRequest',
    'The parameters are not well formed.',
  ),
  Default4xx: problem(ResponseType.DEFAULT_4XX, 'MalformedRequest', 'The gateway refused the request.'),
  Default5xx: problem(ResponseType.DEFAULT_5XX, 'InternalError', 'The request failed on our side.'),
};
