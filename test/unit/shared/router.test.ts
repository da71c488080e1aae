import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { slices } from '../../../bin/generate/catalogue.ts';
import { defineRoutes, type Routes } from '../../../functions/shared/contract.ts';
import { Problem } from '../../../functions/shared/errors.ts';
import { router } from '../../../functions/shared/router.ts';

const route = { summary: 'A route', scope: null, ok: z.unknown(), errors: [] } as const;
const routes = defineRoutes({
  one: { ...route, method: 'GET', path: '/things/{id}' },
  schema: { ...route, method: 'GET', path: '/things/schema' },
  change: { ...route, method: 'PATCH', path: '/things/{id}' },
  parts: { ...route, method: 'POST', path: '/things/{id}/parts/{part}' },
});
const find = router(routes);

const refusalOf = (method: string, path: string): Problem => {
  try {
    find(method, path);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`${method} ${path} has a route`);
};

describe('the router', () => {
  it('[GWY-1] gives a literal part precedence over a parameter', () => {
    expect(find('GET', '/v1/things/schema').name).toBe('schema');
    expect(find('GET', '/v1/things/schema2')).toMatchObject({ name: 'one', params: { id: 'schema2' } });
    expect(find('PATCH', '/v1/things/schema')).toMatchObject({ name: 'change', params: { id: 'schema' } });
  });

  it('[GWY-1] gives parameters as they were before they were encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ minLength: 1 }), (id, part) => {
        const path = `/v1/things/${encodeURIComponent(id)}/parts/${encodeURIComponent(part)}`;
        expect(find('POST', path).params).toEqual({ id, part });
      }),
    );
  });

  it('[GWY-1] forgives one slash at the end, not two', () => {
    expect(find('GET', '/v1/things/a/')).toMatchObject({ name: 'one', params: { id: 'a' } });
    expect(refusalOf('GET', '/v1/things/a//').code).toBe('RouteNotFound');
  });

  it('[GWY-4] names the methods of a path that has no such one, and says 404 where there is no path', () => {
    expect(refusalOf('DELETE', '/v1/things/a')).toMatchObject({
      code: 'MethodNotAllowed',
      headers: { allow: 'GET, PATCH' },
    });
    expect(refusalOf('GET', '/v1/things').code).toBe('RouteNotFound');
    expect(refusalOf('GET', '/v2/things/a').code).toBe('RouteNotFound');
    expect(refusalOf('GET', '/v1/things/%').code).toBe('MalformedRequest');
  });

  it('[GWY-4] answers any path with a route or a problem', () => {
    const path = fc.oneof(
      fc.string(),
      fc.webPath(),
      fc.string().map((text) => `/v1/things/${text}`),
    );
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'PATCH', 'BREW'), path, (method, where) => {
        const outcome = ((): string => {
          try {
            return find(method, where).name;
          } catch (error) {
            if (error instanceof Problem) return error.code;
            throw error;
          }
        })();
        expect([...Object.keys(routes), 'RouteNotFound', 'MethodNotAllowed', 'MalformedRequest']).toContain(outcome);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(slices)('[GWY-1] finds every route of $name', ({ routes: own }: { routes: Routes }) => {
    const routed = router(own);
    expect(Object.keys(own).length).toBeGreaterThan(0);
    for (const [name, { method, path }] of Object.entries(own)) {
      const filled = path.replaceAll(/\{\w+\}/g, 'some-id-that-is-no-word-of-ours');
      expect(routed(method, `/v1${filled}`).name).toBe(name);
    }
  });
});
