import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Route } from '../../../functions/shared/contract.ts';
import { Problem, type ProblemCode } from '../../../functions/shared/errors.ts';
import {
  checked,
  checkedBody,
  etagOf,
  faultsOf,
  headersOf,
  idempotencyKey,
  ifMatchVersion,
  maxBodyBytes,
  readBody,
  requestDigest,
} from '../../../functions/shared/request.ts';

const json: Route = {
  method: 'POST',
  path: '/things',
  summary: 'Things',
  scope: null,
  ok: z.unknown(),
  errors: [],
};
const documents: Route = { ...json, consumes: ['application/json', 'application/yaml'], maxBytes: 4 * 1024 * 1024 };

const anEvent = (over: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent =>
  ({
    httpMethod: 'POST',
    path: '/v1/things',
    headers: {},
    body: null,
    isBase64Encoded: false,
    ...over,
  }) as APIGatewayProxyEvent;

const header = (headers: Record<string, string>) => headersOf(anEvent({ headers }));

const read = (body: string | null, type?: string, route = json): Promise<unknown> =>
  readBody(anEvent({ body }), route, header(type === undefined ? {} : { 'content-type': type }));

/** The code of the problem that something ends with; anything else that is thrown goes through. */
async function codeOf(run: () => unknown): Promise<ProblemCode | 'none'> {
  try {
    await run();
    return 'none';
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

describe('a body', () => {
  it('[GWY-4] is read by its content type, whatever its case and parameters', async () => {
    expect(await read('{"a":1}')).toEqual({ a: 1 });
    expect(await read('{"a":1}', 'Application/JSON; charset=utf-8')).toEqual({ a: 1 });
    expect(await read('a: 1', 'application/yaml', documents)).toEqual({ a: 1 });
    const body = Buffer.from('{"a":"é"}').toString('base64');
    expect(await readBody(anEvent({ body, isBase64Encoded: true }), json, header({}))).toEqual({ a: 'é' });
  });

  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  it.each<[string, string | null, string | undefined, Route, ProblemCode | 'none']>([
    ['is missing', null, undefined, json, 'MalformedRequest'],
    ['is blank', '  ', undefined, json, 'MalformedRequest'],
    ['is cut off', '{"a":', undefined, json, 'MalformedRequest'],
    ['is of a type that the route does not take', 'a: 1', 'application/yaml', json, 'UnsupportedMediaType'],
    ['is YAML that does not parse', 'a: [', 'application/yaml', documents, 'MalformedRequest'],
    ['is nested 32 deep', deep(32), undefined, json, 'none'],
    ['is nested deeper', deep(34), undefined, json, 'MalformedRequest'],
    ['has a lone surrogate as a value', '{"a":"\\ud800"}', undefined, json, 'MalformedRequest'],
    ['has a lone surrogate as a name', '{"\\udfff":1}', undefined, json, 'MalformedRequest'],
    ['is as large as a record takes', JSON.stringify('x'.repeat(maxBodyBytes - 2)), undefined, json, 'none'],
    ['is larger', JSON.stringify('x'.repeat(maxBodyBytes)), undefined, json, 'PayloadTooLarge'],
    ['is a larger document', JSON.stringify('x'.repeat(maxBodyBytes)), undefined, documents, 'none'],
    [
      'counts in bytes, not in letters',
      JSON.stringify('é'.repeat(maxBodyBytes / 2)),
      undefined,
      json,
      'PayloadTooLarge',
    ],
  ])('[GWY-4] that %s', async (_, body, type, route, code) => {
    expect(await codeOf(() => read(body, type, route))).toBe(code);
  });

  it('[GWY-4] of aliases that would unfold without end is refused', async () => {
    const bomb = [
      'a: &a [1,1,1,1,1,1,1,1,1,1]',
      ...'bcdefgh'.split('').map((name, at) => {
        const before = 'abcdefgh'[at];
        return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`;
      }),
    ].join('\n');
    expect(await codeOf(() => read(bomb, 'application/yaml', documents))).toBe('MalformedRequest');
  });

  it('[GWY-4] of any bytes is read or refused as a problem, never as a failure of ours', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.string());
    const type = fc.oneof(fc.constantFrom('application/json', 'application/yaml', undefined), fc.string());
    await fc.assert(
      fc.asyncProperty(text, type, fc.boolean(), async (body, of, isBase64Encoded) => {
        const event = anEvent({ body, isBase64Encoded });
        const code = await codeOf(() =>
          readBody(event, documents, header(of === undefined ? {} : { 'content-type': of })),
        );
        expect(['none', 'MalformedRequest', 'UnsupportedMediaType', 'PayloadTooLarge']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });
});

describe('faults', () => {
  const schema = z.strictObject({ list: z.array(z.strictObject({ 'a/b~c': z.int() })) });

  it('[GWY-4] point at each field by an RFC 6901 pointer, escaped; unknown ones by their own name', () => {
    const result = schema.safeParse({ list: [{ 'a/b~c': 'x', 'd/e': 1 }], more: 1 });
    if (result.success) throw new Error('nothing was wrong');
    const pointers = faultsOf('/body', result.error).map(({ pointer }) => pointer);
    expect(new Set(pointers)).toEqual(new Set(['/body/list/0/a~1b~0c', '/body/list/0/d~1e', '/body/more']));
  });

  it('[GWY-4] are 422 in the body and 400 elsewhere, and not without end', async () => {
    const wrong = { list: Array.from({ length: 500 }, () => ({ 'a/b~c': 'x' })) };
    const caught = await Promise.resolve()
      .then(() => checkedBody(schema, wrong))
      .catch((error: unknown) => error as Problem);
    expect(caught).toMatchObject({ code: 'InvalidFields', status: 422 });
    expect((caught as Problem).faults).toHaveLength(50);
    expect(await codeOf(() => checked('query', schema, wrong))).toBe('MalformedRequest');
    expect(checkedBody(schema, { list: [] })).toEqual({ list: [] });
  });
});

describe('headers', () => {
  it('[GWY-4] are found whatever their case', () => {
    expect(header({ 'If-MATCH': '"v1"' })('if-match')).toBe('"v1"');
    expect(header({})('if-match')).toBeUndefined();
  });

  it('[GWY-4] If-Match names the version that an ETag was made of, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 999_999_999 }), async (version) => {
        expect(ifMatchVersion(header({ 'if-match': etagOf(version) }))).toBe(version);
      }),
    );
    expect(await codeOf(() => ifMatchVersion(header({})))).toBe('PreconditionRequired');
    for (const value of ['', 'v1', '"1"', 'W/"v1"', '"v1", "v2"', '*', '"v-1"', '"v1e3"', '"v9999999999"']) {
      expect(await codeOf(() => ifMatchVersion(header({ 'if-match': value }))), value).toBe('PreconditionFailed');
    }
  });

  it('[GWY-4] Idempotency-Key is a quoted string, or a bare token that means the same', async () => {
    expect(idempotencyKey(header({ 'idempotency-key': '"a key, with spaces"' }))).toBe('a key, with spaces');
    expect(idempotencyKey(header({ 'idempotency-key': '8e03978e-40d5-43dd' }))).toBe('8e03978e-40d5-43dd');
    expect(idempotencyKey(header({ 'idempotency-key': '"8e03978e-40d5-43dd"' }))).toBe('8e03978e-40d5-43dd');
    for (const value of ['', '""', '"a"b"', 'a b', '"é"', `"${'x'.repeat(129)}"`]) {
      expect(await codeOf(() => idempotencyKey(header({ 'idempotency-key': value }))), value).toBe(
        'IdempotencyKeyMissing',
      );
    }
  });
});

describe('the digest of a request', () => {
  it('[GWY-4] tells requests apart by method, path and body', () => {
    const one = anEvent({ body: '{}' });
    const others = [{ httpMethod: 'PUT' }, { path: '/v1/other' }, { body: '{ }' }, { body: null }];
    const digests = others.map((over) => requestDigest(anEvent({ body: '{}', ...over })));
    expect(requestDigest(anEvent({ body: '{}', headers: { a: 'b' } }))).toBe(requestDigest(one));
    expect(new Set([...digests, requestDigest(one)]).size).toBe(5);
  });
});
