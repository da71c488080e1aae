import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer: its body, as far as its status is the one that was wanted, and the code of a problem. */
export type Reply<T> = { status: number; body: T; code: string; headers: Headers };
export type Ask = { body?: unknown; headers?: Record<string, string> };
/** A call of the API below `/v1`, as one principal. */
export type Call = <T>(method: string, path: string, ask?: Ask) => Promise<Reply<T>>;

type Caller = {
  url: string;
  token: string | (() => Promise<string>);
  principal: string;
  /** Hears what was refused, and how long an answer took. */
  onAnswer?: (answer: { method: string; path: string; status: number; code: string; milliseconds: number }) => void;
};

const answerWithinMs = 20_000;
const attempts = 6;
/** Answers that say nothing about the request itself. */
const again: ReadonlySet<string> = new Set([
  'RateLimited',
  'Overloaded',
  'InternalError',
  'RequestInFlight',
  'VersionConflict',
]);

/**
 * Calls as an agent should: what was not answered, or not for a reason of its own, is asked again with the same Idempotency-Key, so
 * that it is done once however often it is sent.
 * @throws Error when there is no answer after some attempts
 */
export const callerOf =
  ({ url, token, principal, onAnswer }: Caller): Call =>
  async <T>(method: string, path: string, { body, headers = {} }: Ask = {}) => {
    const key = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      const began = performance.now();
      const reply = await send<T>(`${url}/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
          'orchestra-principal': principal,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'POST' ? { 'idempotency-key': `"${key}"` } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const isFinal = reply !== undefined && reply.status < 500 && !again.has(reply.code);
      if (reply && (isFinal || attempt === attempts)) {
        onAnswer?.({ method, path, status: reply.status, code: reply.code, milliseconds: performance.now() - began });
        return reply;
      }
      if (attempt === attempts) throw new Error(`${method} ${path}: no answer`);
      await sleep(200 * attempt * (0.5 + Math.random()));
    }
  };

async function send<T>(url: string, init: RequestInit): Promise<Reply<T> | undefined> {
  try {
    const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
    const { status, headers } = reply;
    const text = await reply.text();
    const isJson = /[/+]json\b/.test(headers.get('content-type') ?? '');
    const body: unknown = isJson && text ? JSON.parse(text) : text;
    return { status, headers, body: body as T, code: status < 400 ? '' : codeOf(body) };
  } catch {
    return undefined;
  }
}

const codeOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'none';

/** @throws Error when the answer is another than was wanted */
export async function insist<T>(call: Call, want: number, method: string, path: string, ask?: Ask): Promise<T> {
  const { status, body } = await call<T>(method, path, ask);
  if (status !== want) throw new Error(`${method} ${path}: ${String(status)} ${JSON.stringify(body)}`);
  return body;
}

/** Every item of a list. */
export async function everyItem<T>(call: Call, path: string): Promise<T[]> {
  const items: T[] = [];
  const url = new URL(path, 'http://list');
  for (;;) {
    const page = await insist<{ items: T[]; next_cursor?: string }>(call, 200, 'GET', `${url.pathname}${url.search}`);
    items.push(...page.items);
    if (page.next_cursor === undefined) return items;
    url.searchParams.set('cursor', page.next_cursor);
  }
}
