import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type Route, scopes } from '../../functions/shared/contract.ts';
import { everyRoute, type ProblemCode, problems } from '../../functions/shared/errors.ts';
import { PrincipalId } from '../../functions/shared/ids.ts';
import type { Slice } from './catalogue.ts';

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
  })
  .meta({ id: 'ProblemDetails', description: 'RFC 9457' });

const principal = PrincipalId.meta({
  id: 'OrchestraPrincipal',
  param: { in: 'header', name: 'Orchestra-Principal' },
  description: 'The principal that acts; it must be bound to the client of the token.',
});
const idempotencyKey = z.string().regex(/^("[ !#-~]{1,128}"|[A-Za-z0-9_.:~+/=-]{1,128})$/).meta({
  param: { in: 'header', name: 'Idempotency-Key' },
  description: 'A repetition with the same key and body gets the first answer for 24 hours.',
});
const ifMatch = z.string().regex(/^"v\d{1,9}"$/).meta({
  param: { in: 'header', name: 'If-Match' },
  description: 'ETag of the version that the change is based on.',
});
const traceparent = z.string().optional().meta({ param: { in: 'header', name: 'traceparent' }, description: 'W3C Trace Context.' });

/** Problems that a route may answer: its own, everyone's, and those that follow from its form. */
export function problemsOf(route: Route): ProblemCode[] {
  const codes: ProblemCode[] = [...route.errors, 'MalformedRequest', 'Overloaded', 'InternalError'];
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
    responses[status as '400'] = { description, content: { 'application/problem+json': { schema: ProblemDetails } } };
  }
  return responses;
}

function okResponse(route: Route): ZodOpenApiResponsesObject {
  const types = route.produces ?? ['application/json'];
  const headers = route.etag ? z.object({ ETag: z.string() }) : undefined;
  const content = Object.fromEntries(types.map((type) => [type, { schema: route.ok }]));
  return { [`${route.status ?? 200}` as '200']: { description: 'Success', content, ...(headers ? { headers } : {}) } };
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
      ? { requestParams: { ...(route.params ? { path: route.params } : {}), ...(route.query ? { query: route.query } : {}) } }
      : {}),
    ...(body
      ? { requestBody: { required: true, content: Object.fromEntries(accepted.map((type) => [type, { schema: body }])) } }
      : {}),
    responses: { ...okResponse(route), ...problemResponses(route) },
  };
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
  return createDocument(
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
    { allowEmptySchema: { unknown: true, any: true } },
  );
}
