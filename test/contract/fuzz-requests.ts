import fc, { type Arbitrary } from 'fast-check';
import { brokenTexts, type Known, mutated, valuesOf } from '../support/arbitraries.ts';
import { type Operation, operations, type Schema } from '../support/openapi.ts';

/** One request to be sent; `change` says what was done to a valid one, and is absent where nothing was. */
export type FuzzRequest = {
  operation: Operation;
  change?: string;
  /** Below the URL of the API, with its query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Who acts; its token goes with it unless the change is about that. */
  as: string;
};

/** What the requests may name and who may send them. */
export type Cast = {
  /** Begins the idempotency keys, so that a repeated run is none to the API. */
  run: string;
  principals: readonly string[];
  /** Who asks for an operation every other time; the first of the principals where nobody is named. */
  entitled: Readonly<Record<string, string>>;
  known: Known;
  /** Existing ids that a path is for, where those of its component are of several kinds; `<path>#<parameter>` for one of several. */
  ids: Readonly<Record<string, readonly string[]>>;
  /** Whole paths of existing records, where a path has several parameters. */
  paths: Readonly<Record<string, readonly string[]>>;
  /** A cursor by operation. */
  cursors: Readonly<Record<string, string>>;
  /** Headers that requests to a path must carry so that they do no harm. */
  harmless: Readonly<Record<string, Record<string, string>>>;
  /** Bodies that should be accepted, beside the generated ones, by operation; each number makes another. */
  bodies: Readonly<Record<string, (n: number) => unknown>>;
  /** Queries instead of generated ones, by operation. */
  queries: Readonly<Record<string, readonly string[]>>;
};

type Query = [name: string, value: string][];
type Draft = Omit<FuzzRequest, 'change' | 'body'> & { query: Query; body?: unknown; mediaType?: string };

const encoded = (query: Query): string =>
  query.map((pair) => pair.map((part) => encodeURIComponent(part)).join('=')).join('&');

/** So many of an operation's requests name only what the cast says that it is for: they are to be accepted. */
const ofKnown = 3;

/**
 * `n` requests, as many for each operation, the first half of them valid. The same for the same seed.
 * Those that are to be accepted come first, while what they name is still as the cast made it.
 */
export function fuzzRequests(n: number, seed: number, cast: Cast): FuzzRequest[] {
  const each = Math.ceil(n / operations.length / 2);
  const known = Math.min(each, ofKnown);
  const all = operations.map((operation, at) => {
    const drafts = draftsOf(operation, cast);
    const take = (arbitrary: Arbitrary<FuzzRequest>, salt: number, numRuns: number): FuzzRequest[] =>
      fc.sample(arbitrary, { numRuns, seed: seed + 3 * at + salt });
    return {
      first: knownRequests(operation, known, seed + 3 * at + 2, cast),
      rest: [...take(drafts.map(asItIs), 0, each - known), ...take(changed(operation, drafts, cast), 1, each)],
    };
  });
  // One after the other through all operations, so that none is asked while another's work is done.
  const mixed = (requests: FuzzRequest[]): FuzzRequest[] =>
    fc.sample(fc.shuffledSubarray(requests, { minLength: requests.length }), { numRuns: 1, seed })[0] ?? [];
  return [...mixed(all.flatMap(({ first }) => first)), ...mixed(all.flatMap(({ rest }) => rest))].slice(0, n);
}

/** Valid requests of an operation that name only what the cast says that it is for. The same for the same seed. */
export const knownRequests = (operation: Operation, n: number, seed: number, cast: Cast): FuzzRequest[] =>
  fc.sample(draftsOf(operation, cast, true).map(asItIs), { numRuns: n, seed });

function draftsOf(operation: Operation, cast: Cast, isKnown = false): Arbitrary<Draft> {
  const { parameters = [], path, requestBody, operationId } = operation;
  const ids = parameters
    .filter((one) => one.in === 'path')
    .map(({ schema, name }) => {
      const any = valuesOf(schema, cast.known).map(String);
      const fitting = cast.ids[`${path}#${name}`] ?? cast.ids[path] ?? [];
      if (fitting.length === 0) return any;
      return isKnown ? fc.constantFrom(...fitting) : fc.oneof(fc.constantFrom(...fitting), any);
    });
  const bodies = Object.entries(requestBody?.content ?? {}).map(([mediaType, { schema }]) =>
    bodiesOf(operation, schema, cast, isKnown).map((body) => ({ body, mediaType })),
  );
  const entitled = fc.constant(cast.entitled[operationId] ?? cast.principals[0] ?? '');
  const takesVersion = parameters.some(({ name }) => name === 'If-Match');
  return fc
    .record({
      as: isKnown ? entitled : fc.oneof(entitled, fc.constantFrom(...cast.principals)),
      id: fc.tuple(...ids),
      whole: fc.constantFrom(...(cast.paths[path] ?? [path])),
      query: queriesOf(operation, cast),
      key: fc.uuid(),
      version: fc.constantFrom(1, 1, 1, 2, 3),
      content: bodies.length > 0 ? fc.oneof(...bodies) : fc.constant({}),
    })
    .map(({ as, id, whole, query, key, version, content }) => ({
      operation,
      as,
      path: id.reduce((filled, one) => filled.replace(/\{\w+\}/, encodeURIComponent(one)), whole),
      query,
      headers: {
        ...(operation.method === 'POST' ? { 'idempotency-key': `"${cast.run}.${key}"` } : {}),
        ...(takesVersion ? { 'if-match': `"v${version}"` } : {}),
        ...cast.harmless[path],
      },
      ...content,
    }));
}

function bodiesOf(
  { operationId }: Operation,
  schema: Schema,
  { bodies, known }: Cast,
  isKnown: boolean,
): Arbitrary<unknown> {
  const generated = valuesOf(schema, known);
  const given = bodies[operationId];
  if (given === undefined) return generated;
  return isKnown ? fc.nat().map(given) : fc.oneof(fc.nat().map(given), generated);
}

function queriesOf({ parameters = [], operationId }: Operation, { known, cursors, queries }: Cast): Arbitrary<Query> {
  const fixed = queries[operationId];
  if (fixed !== undefined) return fc.constantFrom(...fixed).map((query) => [...new URLSearchParams(query)]);
  const fields = parameters.filter((one) => one.in === 'query' && one.name !== 'cursor');
  const generated: Arbitrary<Query> = fc
    .record(Object.fromEntries(fields.map(({ name, schema }) => [name, valuesOf(schema, known).map(String)])), {
      requiredKeys: [],
      noNullPrototype: true,
    })
    .map((values) => Object.entries(values) as Query);
  const cursor = cursors[operationId];
  if (cursor === undefined) return generated;
  const next: Query = [['cursor', cursor]];
  return fc.oneof({ weight: 4, arbitrary: generated }, { weight: 1, arbitrary: fc.constant(next) });
}

function asItIs({ query, body, mediaType, path, ...draft }: Draft): FuzzRequest {
  return {
    ...draft,
    path: query.length > 0 ? `${path}?${encoded(query)}` : path,
    headers: { ...draft.headers, ...(mediaType ? { 'content-type': mediaType } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

const oddSegments = [
  '%zz',
  '%',
  '%ff',
  '%00',
  '%0a',
  '%2e%2e%2f',
  '%2F',
  'a%2Fb',
  '%25',
  '%2525',
  '%5c',
  '%F0%9F%92%A5',
  '%ED%A0%80',
  'a;b=c',
  '*',
  '{id}',
  '__proto__',
  'constructor',
  'null',
  '-1',
  '0',
  '1e3',
  'a'.repeat(3_000),
  'agt_UPPER',
  'state',
  '%23ledger',
  '+',
  '~',
];
const oddHeaders: Record<string, readonly string[]> = {
  'if-match': [
    '*',
    'v1',
    '"v1',
    '""',
    '"v-1"',
    '"v99999999999"',
    'W/"v1"',
    '"v1", "v2"',
    '"v1.5"',
    'x'.repeat(2_000),
    'é',
  ],
  'idempotency-key': [
    '',
    '"',
    '""',
    'a b',
    '"é"',
    'x'.repeat(300),
    `"${'y'.repeat(129)}"`,
    '"same"',
    'a,b',
    '__proto__',
    '"a#b"',
  ],
  traceparent: [
    '',
    '00',
    `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`,
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    'x'.repeat(1_000),
    '00-é',
  ],
  'content-type': [
    'text/plain',
    'application/json; charset=utf-16',
    'application/xml',
    'nonsense',
    '',
    'application/JSON',
    'multipart/form-data',
  ],
  accept: ['text/html', '*/*;q=0', 'nonsense'],
  'orchestra-principal': [
    '',
    ' ',
    'agt_nobody',
    'hum_Nobody',
    '__proto__',
    'anonymous',
    'x'.repeat(500),
    '../agt',
    'é',
    'a,b',
    'directory#x',
  ],
  authorization: [
    '',
    'Bearer',
    'Bearer x',
    'Bearer a.b.c',
    'Basic YTpi',
    `Bearer ${'x'.repeat(5_000)}`,
    'Bearer eyJhbGciOiJub25lIn0.e30.',
  ],
  'content-encoding': ['gzip'],
  'x-http-method-override': ['DELETE'],
};
const oddQueries = [
  'limit=abc',
  'limit=-1',
  'limit=0',
  'limit=101',
  'limit=1.5',
  'limit=1e2',
  'limit=',
  'limit',
  'limit=1&limit=2',
  'limit=%zz',
  'limit=NaN',
  'limit=9007199254740993',
  'limit[]=1',
  'surprise=1',
  '__proto__=1',
  'constructor=x',
  '%00=1',
  'cursor=',
  'cursor=x.y',
  `cursor=${'x'.repeat(3_000)}`,
  'domain=',
  'domain=PRODUCT',
  'domain=%F0%9F%92%A5',
  'status=dead',
  'from=yesterday',
  'from=2026-02-30T00:00:00Z',
  'from=-000001-01-01T00:00:00Z',
  'to=9999-12-31T23:59:59.999Z&from=0000-01-01T00:00:00Z&domain=product',
  'agent=a&domain=b',
  'subject=%2F',
  'task=%ff',
  'format=csv',
  '&&&=&',
];

function changed(operation: Operation, drafts: Arbitrary<Draft>, cast: Cast): Arbitrary<FuzzRequest> {
  const plain = drafts.map(asItIs);
  const header = fc
    .constantFrom(...Object.entries(oddHeaders))
    .chain(([name, values]) =>
      fc
        .tuple(plain, fc.option(fc.constantFrom(...values)))
        .map(([request, value]) => withHeader(request, name, value, cast)),
    );
  const query = fc.tuple(plain, fc.constantFrom(...oddQueries)).map(([request, odd]) => ({
    ...request,
    change: `query ${odd.slice(0, 60)}`,
    path: `${request.path}${request.path.includes('?') ? '&' : '?'}${odd}`,
  }));
  const cursor = fc.tuple(plain, fc.nat()).map(([request, at]) => withAlteredCursor(request, at, cast));
  const kinds = [
    { weight: 3, arbitrary: header },
    { weight: operation.method === 'GET' ? 3 : 1, arbitrary: query },
  ];
  if (cast.cursors[operation.operationId]) kinds.push({ weight: 2, arbitrary: cursor });
  if (operation.path.includes('{')) {
    const segment = fc.tuple(plain, fc.constantFrom(...oddSegments)).map(([request, odd]) => ({
      ...request,
      change: `path ${odd.slice(0, 60)}`,
      path: operation.path.replace(/\{\w+\}/, odd),
    }));
    kinds.push({ weight: 3, arbitrary: segment });
  }
  if (operation.requestBody) {
    const body = drafts.chain((draft) =>
      mutated(fc.constant(draft.body)).map((value) => ({
        ...asItIs({ ...draft, body: value ?? null }),
        change: 'body',
      })),
    );
    const text = drafts.chain((draft) =>
      brokenTexts(JSON.stringify(draft.body)).map((broken) => ({
        ...asItIs(draft),
        body: broken,
        change: 'text of the body',
      })),
    );
    kinds.push({ weight: 8, arbitrary: body }, { weight: 3, arbitrary: text });
  }
  return fc.oneof(...kinds);
}

function withHeader(request: FuzzRequest, name: string, value: string | null, { harmless }: Cast): FuzzRequest {
  const { [name]: _, ...others } = request.headers;
  const headers = value === null ? others : { ...others, [name]: value };
  const change = `header ${name}: ${value === null ? 'none' : value.slice(0, 60)}`;
  return { ...request, change, headers: { ...headers, ...harmless[request.operation.path] } };
}

function withAlteredCursor(request: FuzzRequest, at: number, { cursors }: Cast): FuzzRequest {
  const cursor = cursors[request.operation.operationId] ?? '';
  const place = at % cursor.length;
  const altered = `${cursor.slice(0, place)}${cursor[place] === 'A' ? 'B' : 'A'}${cursor.slice(place + 1)}`;
  return { ...request, change: `cursor altered at ${place}`, path: `${request.operation.path}?cursor=${altered}` };
}
