import * as z from 'zod';
import { Concerns, defineEvent, defineRoutes } from '../shared/contract.ts';

/** A request that was turned away, by the authorizer or by `serve`. */
export const requestRefused = defineEvent(
  'orchestra.request.refused.v1',
  'A request was refused because of who asked.',
  z.object({
    principal_id: z.string(),
    reason: z.string(),
    method: z.string(),
    path: z.string(),
    source_ip: z.string().optional(),
    concerns: Concerns,
  }),
);

const document = z.looseObject({});

/** The API describes itself; these two are served without a token. */
export const routes = defineRoutes({
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as OpenAPI 3.1',
    scope: null,
    ok: document,
    cacheSeconds: 300,
    errors: [],
  },
  getAsyncApi: {
    method: 'GET',
    path: '/asyncapi.json',
    summary: 'The events as AsyncAPI 3',
    scope: null,
    ok: document,
    cacheSeconds: 300,
    errors: [],
  },
});
