import { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverrideContext,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type Route, scopes } from '../../functions/shared/contract.ts';
import { everyRoute, type ProblemCode, problems } from '../../functions/shared/errors.ts';
import { PrincipalId, Timestamp } from '../../functions/shared/ids.ts';
import type { Slice } from './catalogue.ts';
import { withSharedResponses } from './shared-responses.ts';

const ProblemDetails = z
  .strictObject({
    type: z.string().meta({ description: '`urn:orchestra:problem:<code>`' }),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    instance: z.string().meta({ description: 'Request id, to be quoted in a report.' }),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'The fields at fault, by JSON pointer (RFC 6901).' }),
    next_free: z.strictObject({ from: Timestamp, to: Timestamp }).nullable().optional().meta({
      description:
        'Of a refused reservation: when the resource has what was asked for, first; null where it does not within three months.',
    }),
  })
  .meta({ id: 'ProblemDetails', description: 'RFC 9457' });

const problemDetails = { $ref: '#/components/schemas/ProblemDetails' };

const headerOf = (
  name: string,
  required: boolean,
  schema: oas31.SchemaObject | oas31.ReferenceObject,
  description: string,
) => ({
  in: 'header' as const,
  name,
  required,
  schema,
  description,
});
const principal = headerOf(
  'Orchestra-Principal',
  true,
  { $ref: '#/components/schemas/PrincipalId' },
  'The principal that acts; it must be bound to the client of the token.',
);
const idempotencyKey = headerOf(
  'Idempotency-Key',
  true,
  { type: 'string', pattern: '^("[ !#-~]{1,128}"|[A-Za-z0-9_.:~+/=-]{1,128})$' },
  'A repetition with the same key and body gets the first answer for 24 hours.',
);
const ifMatch = headerOf(
  'If-Match',
  true,
  { type: 'string', pattern: '^"v\\d{1,9}"$' },
  'ETag of the version that the change is based on.',
);
const traceparent = headerOf('traceparent', false, { type: 'string' }, 'W3C Trace Context.');

const header = (text: z.ZodString, description: string) => text.meta({ header: { description } });
const etag = header(z.string().regex(/^"v\d{1,9}"$/), 'Version of the record, for If-Match.');
const everyAnswer = {
  RateLimit: header(z.string(), 'What is left to the principal of each policy, and seconds until it is whole again.'),
  'RateLimit-Policy': header(
    z.string(),
    'Requests that a principal may send in a window of seconds; then quotas that the request consumed, such as `agent-tokens-day`.',
  ),
  traceparent: header(z.string(), 'W3C Trace Context of this answer.'),
};
const replayed = z
  .literal('true')
  .optional()
  .meta({ header: { description: 'Present when this is the answer to an earlier request with the same key.' } });
const retryAfterSeconds = header(z.string().regex(/^\d+$/), 'Seconds after which to try again.');
const retryAfter = z.object({ 'Retry-After': retryAfterSeconds });
const retried = new Set(['429', '503']);

/** Problems that a route may answer: its own, everyone's, and those that follow from its form. */
export function problemsOf(route: Route): ProblemCode[] {
  // The gateway itself refuses by address and slows down, whatever the route.
  const gateway = ['AccessDenied', 'RateLimited'] as const;
  const codes: ProblemCode[] = [...route.errors, ...gateway, 'MalformedRequest', 'Overloaded', 'InternalError'];
  // A parameter with an encoded slash in it is the path of another route, or of none.
  if (route.params) codes.push('RouteNotFound');
  if (route.scope !== null) codes.push(...everyRoute, ...tokenProblems);
  if (route.method === 'POST') codes.push('IdempotencyKeyMissing', 'IdempotencyKeyReused', 'RequestInFlight');
  if (route.ifMatch) codes.push('PreconditionRequired', 'PreconditionFailed', 'VersionConflict');
  if (route.body) codes.push('InvalidFields', 'PayloadTooLarge', 'UnsupportedMediaType');
  return [...new Set(codes)].toSorted((a, b) => problems[a][0] - problems[b][0] || a.localeCompare(b));
}

const tokenProblems = (Object.keys(problems) as ProblemCode[]).filter((code) => problems[code][0] === 401);

function problemResponses(route: Route): ZodOpenApiResponsesObject {
  const byStatus = Object.groupBy(problemsOf(route), (code) => problems[code][0]);
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, codes] of Object.entries(byStatus)) {
    const description = (codes ?? []).map((code) => `- \`${code}\`: ${problems[code][1]}`).join('\n');
    const schema = {
      allOf: [problemDetails, { type: 'object' as const, properties: { code: { enum: codes ?? [] } } }],
    };
    const headers = retried.has(status) ? { headers: retryAfter } : {};
    responses[status as '400'] = { description, content: { 'application/problem+json': { schema } }, ...headers };
  }
  return responses;
}

function okResponse(route: Route): ZodOpenApiResponsesObject {
  const types = route.produces ?? ['application/json'];
  const known = {
    ...(route.etag ? { ETag: etag } : {}),
    ...(route.scope === null ? {} : everyAnswer),
    ...(route.method === 'POST' ? { 'Idempotency-Replayed': replayed } : {}),
    ...(route.retryAfter ? { 'Retry-After': retryAfterSeconds.optional() } : {}),
  };
  const headers = Object.keys(known).length > 0 ? { headers: z.object(known) } : {};
  const content = Object.fromEntries(types.map((type) => [type, { schema: route.ok }]));
  return { [`${route.status ?? 200}` as '200']: { description: 'Success', content, ...headers } };
}

function operation(slice: Slice, name: string, route: Route): ZodOpenApiOperationObject {
  const parameters = [
    ...(route.scope === null ? [] : [principal, traceparent]),
    ...(route.method === 'POST' ? [idempotencyKey] : []),
    ...(route.ifMatch ? [ifMatch] : []),
  ];
  const accepted = route.consumes ?? ['application/json'];
  const body = route.body;
  const who = route.principals ? `For ${route.principals.join(', ')}.` : 'For every kind of principal.';
  return {
    operationId: name,
    tags: [slice.name],
    summary: route.summary,
    description: route.scope === null ? 'Public.' : who,
    security: route.scope === null ? [] : [{ oauth2: [`orchestra/${route.scope}`] }],
    parameters,
    ...(route.params || route.query
      ? {
          requestParams: {
            ...(route.params ? { path: route.params } : {}),
            ...(route.query ? { query: route.query } : {}),
          },
        }
      : {}),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: Object.fromEntries(accepted.map((type) => [type, { schema: body }])),
          },
        }
      : {}),
    responses: { ...okResponse(route), ...problemResponses(route) },
  };
}

const isEmpty = (schema: object): boolean => Object.keys(schema).length === 0;

/** Says what JSON Schema can say better than what zod makes of it. */
function precise({ jsonSchema, zodSchema }: ZodOpenApiOverrideContext): void {
  const { def } = zodSchema._zod;
  if (def.type === 'record' && def.keyType instanceof z.ZodLiteral && jsonSchema.additionalProperties) {
    // A record over known keys is an object with those properties.
    const value = jsonSchema.additionalProperties;
    jsonSchema.properties = Object.fromEntries([...def.keyType.values].map((key) => [String(key), value]));
    jsonSchema.additionalProperties = false;
    delete jsonSchema.propertyNames;
  }
  if (def.type === 'union' && jsonSchema.anyOf?.some(isEmpty)) {
    // `unknown` in a union leaves it to the operation to refuse what is none of the others: it is no further form.
    const named = jsonSchema.anyOf.filter((one) => !isEmpty(one));
    delete jsonSchema.anyOf;
    Object.assign(jsonSchema, named.length === 1 ? named[0] : { anyOf: named });
  }
}

/** The OpenAPI 3.1 document of all slices, from the schemas that validate their requests. */
export function openApi(slices: readonly Slice[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const slice of slices) {
    for (const [name, route] of Object.entries(slice.routes)) {
      const path = `/v1${route.path}`;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(slice, name, route) };
    }
  }
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Enterprise Orchestra',
        version: '1.0.0',
        summary: 'Coordinates and governs fleets of AI agents.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [
        {
          url: 'https://{host}/{stage}',
          variables: { host: { default: 'orchestra.example.com' }, stage: { default: 'live' } },
        },
      ],
      tags: slices.map(({ name, summary }) => ({ name, description: summary })),
      paths,
      components: {
        schemas: { PrincipalId, ProblemDetails },
        securitySchemes: {
          oauth2: {
            type: 'oauth2',
            flows: {
              clientCredentials: {
                tokenUrl: 'https://orchestra.example.com/oauth2/token',
                scopes: Object.fromEntries(scopes.map((scope) => [`orchestra/${scope}`, scope.replace(':', ' ')])),
              },
            },
          },
        },
      },
    },
    { allowEmptySchema: { unknown: true, any: true }, override: precise },
  );
  return withSharedResponses(document);
}
