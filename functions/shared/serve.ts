import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import { epochSeconds } from './clock.ts';
import { AlreadyCommitted, type Change, type CommitContext, type IdempotencyItem } from './commit.ts';
import type { Route, Routes } from './contract.ts';
import type { Item, Key } from './dynamo.ts';
import { Problem } from './errors.ts';
import { type Actor, admit, type Home } from './principal.ts';
import { type Arrival, type Gate, gatekeeper } from './refusal.ts';
import { checked, checkedBody, etagOf, headersOf, ifMatchVersion, readBody } from './request.ts';
import { type Answer, isText, observe, problemAnswer, type Told, toldHeaders, type TextBody } from './response.ts';
import { type Allowance, windowSeconds } from './rate-limit.ts';
import { type Matched, router } from './router.ts';
import type { Runtime } from './runtime.ts';
import { asItWas, remembered, type Reopen, type Repetition, repetitionOf, replay } from './repetition.ts';
import { logger, metrics } from './telemetry.ts';
import { continueTrace, type Trace } from './trace.ts';

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a route's operation is given: validated input, who asks, when, and the one way to write. */
export type Call<R extends Route = Route> = {
  params: OutputOf<R['params']>;
  query: OutputOf<R['query']>;
  body: OutputOf<R['body']>;
  actor: Actor;
  now: Date;
  trace: Trace;
  /** Version that If-Match names; 0 where the route takes none. */
  version: number;
  /** Tells the caller, in headers of the answer, what is left of further limits, and when to try again. */
  tell: (limits: Told) => void;
  /** Writes the change, its entries and this request's answer in one transaction; gives the answer back. */
  commit: <T extends z.input<R['ok']>>(change: Change, answer: T) => Promise<T>;
};

type Reply<R extends Route> = z.input<R['ok']> | TextBody;
type Run<R extends Route> = (call: Call<R>, loaded: (Item | undefined)[]) => Promise<Reply<R>>;

/** Who calls, and where it stands. */
export type Caller = Home & { id: string };

/** The validated input of a request, as its operation gets it too. */
export type Input<R extends Route> = Pick<Call<R>, 'params' | 'query' | 'body'>;

type Details<R extends Route> = {
  /** Records that the operation wants in the same batched read as the admission of its caller. */
  load?: (caller: Caller, input: Input<R>) => readonly Key[];
  run: Run<R>;
  /** Makes the answer of a repeated request from what was remembered of the first one. */
  reopen?: (remembered: z.output<R['ok']>) => Promise<z.input<R['ok']>>;
};

/** An operation, alone or with what it needs beside the request. */
export type Binding<R extends Route> = Run<R> | Details<R>;
export type Bindings<R extends Routes> = { [N in keyof R]: Binding<R[N]> };

/**
 * Lambda handler of a slice's routes: routing, authorization, validation, idempotency, rate limit, problem details.
 * @param slice first part of the slice's keys
 */
export function serve<const R extends Routes>(slice: string, routes: R, bindings: Bindings<R>, runtime: Runtime) {
  const find = router(routes);
  const gate = gatekeeper(runtime);
  const handle = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const began = performance.now();
    const header = headersOf(event);
    const trace = continueTrace(header('traceparent'));
    const seen: Seen = { route: 'none', principal: 'none' };
    const rate: Told = { policies: [] };
    let answer: Answer;
    try {
      const matched = find(event.httpMethod, event.path);
      seen.route = matched.name;
      const arrival = { event, header, trace, now: runtime.now() };
      answer = await answerTo({ slice, arrival, matched, bindings, runtime, gate, seen, rate });
    } catch (error) {
      answer = problemAnswer(error, event.requestContext?.requestId ?? 'unknown');
    }
    observe({ answer, trace, ...seen, method: event.httpMethod, milliseconds: performance.now() - began });
    return { ...answer, headers: { ...answer.headers, ...toldHeaders(rate), traceparent: trace.traceparent } };
  };
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics, { captureColdStartMetric: true }))
    .handler(handle);
}

type Seen = { route: string; principal: string };
type Handling<R extends Routes> = {
  slice: string;
  arrival: Arrival;
  matched: Matched<R>;
  bindings: Bindings<R>;
  runtime: Runtime;
  gate: Gate;
  seen: Seen;
  rate: Told;
};

async function answerTo<R extends Routes>(handling: Handling<R>): Promise<Answer> {
  const { arrival, matched, bindings, runtime, gate } = handling;
  const { now, trace } = arrival;
  const { route, params } = matched;
  const binding = bindings[matched.name] as unknown as Binding<Route>;
  const { load = nothing, run, reopen = asItWas } = typeof binding === 'function' ? { run: binding } : binding;
  if (route.scope === null) {
    const input = await inputOf(route, arrival, params);
    const call = { ...input, actor: nobody, now, trace, tell: () => undefined, commit: cannotCommit };
    return success(route, await run(call, await runtime.state.getMany(load(nobody, input))));
  }
  const who = await gate.presented(arrival);
  handling.seen.principal = who.id;
  await gate.requireScope(who, route.scope, arrival);
  const given = await inputOf(route, arrival, params);
  const repeat = route.method === 'POST' ? repetitionOf(handling.slice, who.id, arrival) : undefined;
  const [admission, allowance] = await Promise.all([
    admit(runtime.state.getMany, who.id, who.presented, (home) => [
      ...(repeat ? [repeat.key] : []),
      ...load({ ...home, id: who.id }, given),
    ]),
    // Counted per client and principal: a client that claims another's principal uses up nobody's permits but its own.
    runtime.limiter.take(`${who.presented.client_id}#${who.id}`, now),
  ]);
  const actor = await gate.requireAdmission(who, admission, route, arrival);
  handling.rate.policies = [{ name: 'principal', windowSeconds, ...allowance }];
  requireAllowance(allowance);
  const stored = repeat ? (admission.extra.shift() as IdempotencyItem | undefined) : undefined;
  if (repeat && stored && stored.ttl > epochSeconds(now)) return replay(stored, repeat.digest, reopen);
  const session = { actor, now, trace, repeat, runtime, route, rate: handling.rate, reopen };
  const performed = perform(session, given, run, admission.extra);
  return performed.catch((error: unknown) => gate.auditOf(error, actor, arrival));
}

function requireAllowance({ granted, limit, resetSeconds }: Allowance): void {
  if (granted) return;
  const headers = { 'retry-after': String(resetSeconds) };
  throw new Problem('RateLimited', `${limit} requests a minute are allowed.`, { headers });
}

type Session = {
  actor: Actor;
  now: Date;
  trace: Trace;
  repeat: Repetition | undefined;
  runtime: Runtime;
  route: Route;
  rate: Told;
  reopen: Reopen;
};

/** Runs the operation; its commit carries the answer, so that a repetition of the request gets the same one. */
async function perform(
  session: Session,
  given: Awaited<ReturnType<typeof inputOf>>,
  run: Run<Route>,
  loaded: (Item | undefined)[],
): Promise<Answer> {
  const { actor, now, trace, repeat, runtime, route, rate, reopen } = session;
  let committed = false;
  const context = (answer: unknown): CommitContext => ({
    actor: actor.id,
    now,
    trace,
    idempotency: repeat && { key: repeat.key, item: remembered(repeat, success(route, answer)) },
  });
  const tell: Call['tell'] = ({ policies, retryAfterSeconds }) => {
    rate.policies = [...rate.policies, ...policies];
    rate.retryAfterSeconds = retryAfterSeconds;
  };
  const commit = async (change: Change, answer: unknown) => {
    await runtime.commit(change, context(answer));
    committed = true;
    return answer;
  };
  try {
    const reply = await run({ ...given, actor, now, trace, tell, commit } as unknown as Call, loaded);
    // A POST that changed nothing is remembered too: its key may not come back with another body.
    if (repeat && !committed) await runtime.commit({ writes: [], entries: [] }, context(reply));
    return success(route, reply);
  } catch (error) {
    if (error instanceof AlreadyCommitted && repeat) return replay(error.stored, repeat.digest, reopen);
    throw error;
  }
}

async function inputOf(route: Route, { event, header }: Arrival, params: unknown) {
  return {
    params: route.params && checked('params', route.params, params),
    query: route.query && checked('query', route.query, event.queryStringParameters ?? {}),
    version: route.ifMatch ? ifMatchVersion(header) : 0,
    body: route.body && checkedBody(route.body, await readBody(event, route, header)),
  };
}

function success(route: Route, reply: unknown): Answer {
  const statusCode = route.status ?? 200;
  const cache = route.cacheSeconds ? `public, max-age=${route.cacheSeconds}` : 'no-store';
  const headers: Record<string, string> = { 'cache-control': cache };
  if (isText(reply)) {
    return {
      statusCode,
      headers: { ...headers, 'content-type': reply.contentType, ...reply.headers },
      body: reply.text,
    };
  }
  const version = (reply as { version?: number }).version;
  if (route.etag && version !== undefined) headers.etag = etagOf(version);
  return { statusCode, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(reply) };
}

const nobody: Actor = {
  id: 'anonymous',
  name: 'anonymous',
  kind: 'human',
  level: 'agent',
  domain: 'enterprise',
  credential: 'none',
  roles: [],
  approved_tools: [],
};
const nothing = (): readonly Key[] => [];
const cannotCommit = (): never => {
  throw new Error('a public route cannot commit');
};
