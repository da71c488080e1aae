import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slices } from '../../bin/generate/catalogue.ts';
import { valuesOf } from '../support/arbitraries.ts';
import { answerFaults, compileAll, published, type Operation, operations, type Schema } from '../support/openapi.ts';
import { type Prism, startPrism, violationsIn } from '../support/prism.ts';
import { call, exchange, world } from '../support/world.ts';

const isJsonType = (mediaType: string): boolean => /[/+]json$/.test(mediaType);

type Answer = { status: number; headers: Record<string, string>; text: string };

/** Answers that the document allows an operation, one for each status and media type. */
function documented({ responses }: Operation): Answer[] {
  const one = (schema: Schema): unknown => fc.sample(valuesOf(schema), { numRuns: 1, seed: 1 })[0];
  return Object.entries(responses).flatMap(([status, { content = {}, headers = {} }]) =>
    Object.entries(content).map(([mediaType, { schema }]) => {
      const value = one(schema);
      const named = Object.entries(headers).map(([name, header]) => [name, printable(one(header.schema))]);
      return {
        status: Number(status),
        headers: { 'content-type': mediaType, ...(Object.fromEntries(named) as Record<string, string>) },
        text: typeof value === 'string' && !isJsonType(mediaType) ? value : JSON.stringify(value),
      };
    }),
  );
}

const printable = (value: unknown): string => String(value).replaceAll(/[^\x21-\x7e]/g, 'x') || 'x';

/** What an answer may have wrong, each named. */
const wrongs: Readonly<Record<string, (answer: Answer, operation: Operation) => Answer | undefined>> = {
  'a status that is not documented': (answer) => ({ ...answer, status: 418 }),
  'another content type': (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': 'text/html' } }),
  'a body of another form': (answer) => (isJson(answer) ? { ...answer, text: '[[1]]' } : undefined),
  'a field that is missing': (answer, operation) =>
    changed(answer, operation, (body, [first]) => first && delete body[first]),
  'a field that is not documented': (answer, operation) =>
    changed(answer, operation, (body, [first]) => first && Object.assign(body, { surprise: 1 })),
  'a header that is missing': (answer, { responses }) => {
    const [name] = Object.entries(responses[answer.status]?.headers ?? {}).find(([, { required }]) => required) ?? [];
    if (name === undefined) return undefined;
    const { [name]: _, ...headers } = answer.headers;
    return { ...answer, headers };
  },
};

const isJson = ({ headers }: Answer): boolean => isJsonType(headers['content-type'] ?? '');

type Change = (body: Record<string, unknown>, required: string[]) => unknown;

/** The answer with its body changed; nothing where the body has no field that must be there. */
function changed(answer: Answer, operation: Operation, change: Change): Answer | undefined {
  const body: unknown = isJson(answer) ? JSON.parse(answer.text) : undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  const required = Object.keys(body).filter((name) => {
    const { [name]: _, ...rest } = body as Record<string, unknown>;
    const without = { ...answer, headers: new Headers(answer.headers), text: JSON.stringify(rest) };
    return answerFaults(operation, without).length > 0;
  });
  change(body as Record<string, unknown>, required);
  return required.length > 0 ? { ...answer, text: JSON.stringify(body) } : undefined;
}

/** Made once: that takes longer than asking Prism about them. */
const answers = operations.flatMap((operation) => documented(operation).map((answer) => ({ operation, answer })));

describe('Prism', () => {
  let upstream: Server;
  let prism: Prism;
  let next: Answer = { status: 204, headers: {}, text: '' };
  beforeAll(async () => {
    upstream = createServer((_, response) => response.writeHead(next.status, next.headers).end(next.text));
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    prism = await startPrism(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await prism?.stop();
    upstream?.closeAllConnections();
    upstream?.close();
  });

  const found = async (operation: Operation, answer: Answer): Promise<string[]> => {
    next = answer;
    const path = operation.path.replaceAll(/\{\w+\}/g, 'x');
    const reply = await fetch(`${prism.url}${path}`, { method: operation.method });
    expect(await reply.text()).toBe(answer.text);
    return violationsIn(reply.headers).map(({ message }) => message);
  };

  it('[GWY-5] takes every answer that the document allows', async () => {
    expect(answers.length).toBeGreaterThan(operations.length * 5);
    for (const { operation, answer } of answers) {
      expect(await found(operation, answer), `${operation.operationId} ${answer.status} ${answer.text}`).toEqual([]);
    }
  });

  it.each(Object.entries(wrongs))('[GWY-5] finds %s, at every operation', async (_, spoil) => {
    let spoiled = 0;
    for (const { operation, answer } of answers) {
      // Problems of other statuses have the same form.
      const wrong = answer.status < 300 || answer.status === 429 ? spoil(answer, operation) : undefined;
      if (!wrong) continue;
      spoiled += 1;
      const violations = await found(operation, wrong);
      expect(violations, `${operation.operationId} ${wrong.status} ${wrong.text}`).not.toEqual([]);
    }
    expect(spoiled).toBeGreaterThan(20);
  });
});

describe('the document', () => {
  it('[GWY-5] has every route of every contract', () => {
    const declared = slices.flatMap(({ routes }) =>
      Object.entries(routes).map(([name, { method, path }]) => `${name} ${method} /v1${path}`),
    );
    const shown = operations.map(({ operationId, method, path }) => `${operationId} ${method} ${path}`);
    expect(shown.toSorted()).toEqual(declared.toSorted());
  });

  it('[GWY-5] is served as it is checked here', async () => {
    const { body } = await call('GET', '/openapi.json');
    expect(body).toEqual(published);
  });

  it('[GWY-5] has no schema that cannot be compiled', () => {
    expect(compileAll()).toBeGreaterThan(operations.length * 5);
  });

  it('[GWY-5] holds for the whole suite: an answer that differs fails the test that got it', async () => {
    const { proxyUrl } = world().deployment;
    expect((await fetch(`${proxyUrl}/v1/decisions`)).headers.get('sl-violations')).toContain('"request"');
    const headers = new Headers({ 'content-type': 'text/csv; charset=utf-16' });
    expect(await exchange('POST', '/decisions', headers, '{')).toMatchObject({ status: 401 });
  });
});
