import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const repository = join(import.meta.dirname, '..', '..');
const node = join(repository, 'node_modules', 'node', 'bin', 'node');
const cli = join(repository, 'node_modules', '@stoplight', 'prism-cli', 'dist', 'index.js');

/** A difference between an answer and the document, as Prism words it. */
export type Violation = { location: string[]; severity: string; code?: string | number; message: string };

/** A running proxy that compares every answer with the OpenAPI document and says so in the header `sl-violations`. */
export type Prism = { url: string; stop: () => Promise<void> };

/**
 * Starts the Prism proxy before an API.
 * @param upstream URL that the paths of the document are below
 * @throws Error with Prism's own words when it does not come up
 */
export async function startPrism(
  upstream: string,
  document = join(repository, 'docs', 'openapi.json'),
): Promise<Prism> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Requests are not its business: many tests send bad ones on purpose, and the fuzz test compares them itself.
  const flags = ['--errors', 'false', '--validate-request', 'false', '--cors', 'false', '--verboseLevel', 'fatal'];
  const preload = ['--import', join(import.meta.dirname, 'prism-process.ts')];
  const child = spawn(node, [...preload, cli, 'proxy', document, upstream, '--port', String(port), ...flags], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const stop = (): Promise<void> => end(child);
  try {
    await untilUp(url, child);
  } catch (error) {
    await stop();
    throw new Error(`Prism did not come up: ${said.join('').slice(-2_000)}`, { cause: error });
  }
  return { url, stop };
}

/** What Prism found wrong with the answer; what it found wrong with the request is left out. */
export function violationsIn(headers: Headers): Violation[] {
  const found = headers.get('sl-violations');
  if (found === null) return [];
  // Prism cuts a long list, and then it is no JSON any more.
  if (!found.startsWith('[')) return [{ location: ['response'], severity: 'Error', message: found }];
  return (JSON.parse(found) as Violation[]).filter(({ location }) => location[0] === 'response');
}

type Sent = { url: URL; contentType: string | undefined; body: string | undefined };

const mediaType = /^\s*[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;\s*[\w-]+=("[^"]*"|[\w.+-]+)\s*)*$/;

/**
 * Why a request cannot go through Prism: it parses JSON and writes it again, leaves a body that is falsy out and hangs
 * on one that does not parse or names another character set, throws on a content type that is none, and spells the query
 * anew.
 */
export function changedByPrism({ url, contentType, body }: Sent): string | undefined {
  if (url.search !== '' && new URLSearchParams(url.search).toString() !== url.search.slice(1)) return 'its query';
  if (body === undefined) return undefined;
  if (contentType !== undefined && (!mediaType.test(contentType) || !isUtf8(contentType))) return 'its content type';
  return body.length > mostBytes || (isJson(contentType) && !isPlainJson(body)) ? 'its body' : undefined;
}

/** Prism itself refuses a body of more than 10 MB, in bytes. */
const mostBytes = 2_000_000;

const isUtf8 = (contentType: string): boolean =>
  !/charset/i.test(contentType) || /charset="?utf-8\b/i.test(contentType);

const isJson = (contentType: string | undefined): boolean =>
  /^\s*application\/([\w.+-]+\+)?json\b/i.test(contentType ?? '');

function isPlainJson(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return Boolean(value) && JSON.stringify(value) === body;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function untilUp(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (child.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer) return;
    await sleep(50);
  }
  throw new Error(child.exitCode === null ? 'no answer in 30 s' : `it exited with ${child.exitCode}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
