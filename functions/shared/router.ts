import type { Route, Routes } from './contract.ts';
import { Problem } from './errors.ts';

export type Matched<R extends Routes> = { name: keyof R & string; route: Route; params: Record<string, string> };
type Compiled = { name: string; route: Route; parts: readonly string[] };

/** Compiles a slice's routes once; answers the route of a path below `/v1`. */
export function router<R extends Routes>(routes: R): (method: string, path: string) => Matched<R> {
  const compiled: Compiled[] = Object.entries(routes)
    .map(([name, route]) => ({ name, route, parts: route.path.split('/').slice(1) }))
    // A literal part is more specific than a parameter: `/policies/schema` before `/policies/{version}`.
    .toSorted((a, b) => a.route.path.split('{').length - b.route.path.split('{').length);
  return (method, path) => {
    const segments = segmentsOf(path);
    const there = compiled.flatMap((one) => {
      const params = match(one.parts, segments);
      return params ? [{ one, params }] : [];
    });
    const found = there.find(({ one }) => one.route.method === method);
    if (found) return { name: found.one.name, route: found.one.route, params: found.params };
    if (there.length === 0) throw new Problem('RouteNotFound', `There is no route ${path.slice(0, 200)}.`);
    const allow = [...new Set(there.map(({ one }) => one.route.method))].join(', ');
    throw new Problem('MethodNotAllowed', `This route offers ${allow}.`, { headers: { allow } });
  };
}

function segmentsOf(path: string): string[] {
  // One slash at the end is forgiven; one more is an empty parameter, or one that was sent as `%2F`.
  const [, version, ...rest] = path.replace(/\/$/, '').split('/');
  if (version !== 'v1') throw new Problem('RouteNotFound', 'Routes begin with /v1.');
  try {
    return rest.map((segment) => decodeURIComponent(segment));
  } catch {
    throw new Problem('MalformedRequest', 'The path is not valid percent-encoding.', {
      faults: [{ pointer: '/path', detail: 'Not valid percent-encoding.' }],
    });
  }
}

function match(parts: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}
