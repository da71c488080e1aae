import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { type ApiClient, apiClient, exampleOrganization as exampleFor, outputOf } from '../../bin/local/client.ts';
import { type Entry, ledgerKeys } from '../../functions/shared/ledger.ts';
import { tableOf, type Table } from '../../functions/shared/dynamo.ts';
import type { Deployment } from './global-setup.ts';
import { runtimeOf } from './organization.ts';
import { answerFaults, operationAt } from './openapi.ts';
import { changedByPrism, violationsIn } from './prism.ts';

/** An answer of the API, its body parsed where it is JSON. */
// oxlint-disable-next-line typescript/no-explicit-any -- what the API answers is what the tests are to find out
export type Reply = { status: number; headers: Headers; body: any; text: string };

export type CallOptions = {
  /** Principal that acts; its token comes from the client that it is bound to. */
  as?: string;
  /** A token instead of that client's own. */
  token?: string;
  body?: unknown;
  headers?: Record<string, string | undefined>;
};

export type World = {
  deployment: Deployment;
  /** Those that other test files run on at the same time. */
  others: Deployment[];
  client: ApiClient;
  url: string;
  dynamo: DynamoDBClient;
  state: Table;
  ledger: Table;
  output: (name: string) => string;
};

let made: World | undefined;

/** The deployed control plane, as a test sees it. */
export function world(): World {
  if (made) return made;
  const all = inject('deployments');
  // Vitest numbers the places of its workers from 1; each has a cloud of its own.
  const deployment = all[Number(process.env['VITEST_POOL_ID']) - 1];
  if (deployment === undefined) throw new Error('there is no cloud for this worker');
  Object.assign(process.env, deployment.cloudEnv);
  const output = (name: string): string => outputOf(deployment.outputs, name);
  const client = apiClient(
    { endpoint: deployment.endpoint, env: deployment.cloudEnv },
    deployment.outputs,
    deployment.people,
  );
  const dynamo = new DynamoDBClient({});
  made = {
    deployment,
    others: all.filter((one) => one !== deployment),
    client,
    url: client.url,
    dynamo,
    state: tableOf(dynamo, output('StateTable')),
    ledger: tableOf(dynamo, output('LedgerTable')),
    output,
  };
  return made;
}

/** An access token of a runtime's Cognito client, or of a person who signs in (`people/<username>`). */
export const tokenOf = (runtime: string): Promise<string> => world().client.token(runtime);

/** An access token with which a principal may act. */
export const tokenFor = (principal: string): Promise<string> => tokenOf(runtimeOf(principal));

/** Client id of a runtime. */
export const clientIdOf = (runtime: string): string => world().client.clientId(runtime);

/** What the authorizer says of a runtime or a person. */
export function identityOf(runtime: string): { client_id: string; subject: string } {
  const [, username] = /^people\/(.+)$/.exec(runtime) ?? [];
  const person = world().deployment.people.find((one) => one.username === username);
  const client_id = clientIdOf(person ? 'people' : runtime);
  return { client_id, subject: person?.subject ?? client_id };
}

/**
 * Calls the API over HTTP as a principal, with a fresh Idempotency-Key on every POST unless one is given.
 * @throws Error when the answer is not what the OpenAPI document says
 */
export async function call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
  const { as, body, headers = {} } = options;
  const token = options.token ?? (as ? await tokenFor(as) : undefined);
  const given = {
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(as ? { 'orchestra-principal': as } : {}),
    ...(method === 'POST' ? { 'idempotency-key': `"${randomUUID()}"` } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const sent = Object.entries(given).filter((header): header is [string, string] => header[1] !== undefined);
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await exchange(method, path, new Headers(sent), text);
  const isJson = /[/+]json\b/.test(reply.headers.get('content-type') ?? '');
  return { ...reply, body: isJson && reply.text ? JSON.parse(reply.text) : reply.text };
}

/** Longer than the API takes for anything: what is not answered by then never is. */
const answerWithinMs = 40_000;

/** One request, through Prism unless that would change it; either way the answer is held against the document. */
export async function exchange(method: string, path: string, headers: Headers, body: string | undefined) {
  const { url, deployment } = world();
  const target = new URL(`${deployment.proxyUrl}/v1${path}`);
  const isDirect = changedByPrism({ url: target, contentType: headers.get('content-type') ?? undefined, body });
  const signal = AbortSignal.timeout(answerWithinMs);
  const init = { method, headers, signal, ...(body === undefined ? {} : { body }) };
  const reply = await fetch(isDirect ? `${url}/v1${path}` : target, init);
  const answer = { status: reply.status, headers: reply.headers, text: await reply.text() };
  if (!reply.headers.has('x-amzn-requestid')) throw new Error(`Prism itself answers ${method} ${path}: ${answer.text}`);
  const operation = operationAt(method, target.pathname);
  const direct = isDirect && operation ? answerFaults(operation, answer) : [];
  const faults = [
    ...violationsIn(reply.headers).map(({ location, message }) => `${location.join('.')}: ${message}`),
    ...direct,
  ];
  if (faults.length > 0)
    throw new Error(`${method} ${path} is not answered as documented: ${faults.join('; ')}\n${answer.text}`);
  return answer;
}

/** The example organization, with the clients and people of this deployment in place of its placeholders. */
export const exampleOrganization = (): string => exampleFor(clientIdOf, world().deployment.people);

/** Imports the example organization as the operator. */
export const importExample = (): Promise<Reply> =>
  call('PUT', '/organization', {
    as: 'hum_operator',
    body: exampleOrganization(),
    headers: { 'content-type': 'application/yaml' },
  });

/** Entries of a subject, oldest first, read from the table itself. */
export async function entriesOf(subject: string): Promise<Entry[]> {
  const { ledger } = world();
  const { items } = await ledger.query({ index: 'by-subject', partition: ['subject', subject] });
  const found = await ledger.getMany(items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })));
  return found.filter((item) => item !== undefined) as Entry[];
}

/** Entries of a domain on a day, from every shard. */
export async function entriesOn(domain: string, day = new Date().toISOString().slice(0, 10)): Promise<Entry[]> {
  const { ledger } = world();
  const shards = Array.from({ length: 16 }, (_, shard) => ledgerKeys.partition(domain, day, shard));
  const pages = await Promise.all(shards.map((pk) => ledger.query({ partition: ['pk', pk] })));
  return pages.flatMap(({ items }) => items as Entry[]);
}

/** Asks again until the answer is there; fails loudly when it never is. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, seconds = 20): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
