import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pythonEnvironment } from './python.ts';

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const START_TIMEOUT_MS = 60_000;
const REPOSITORY = join(import.meta.dirname, '..', '..');
const NODE_24_BIN = join(REPOSITORY, 'node_modules', 'node', 'bin');

/** A running local cloud: an empty AWS account, number 000000000000, on one loopback port. */
export interface LocalCloud {
  /** `http://127.0.0.1:<port>`; a REST API answers below `/_aws/execute-api/<apiId>/<stage>/`. */
  readonly endpoint: string;
  readonly port: number;
  /** Also the id of its process group: the server and every Lambda worker. */
  readonly pid: number;
  readonly logFile: string;
  /**
   * What each function asked of AWS, one JSON object a line: `function`, `role`, `action` (as IAM names it),
   * `resource` (ARN), `context` (condition keys) and `allowed`. Calls of `cdk` are in it too.
   */
  readonly callsFile: string;
  /** The AWS_* variables with which the CDK, SDK clients and product code reach this cloud. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the server and all Lambda workers and forgets their state. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts an empty local cloud (MiniStack under uvicorn). `dir` keeps the Python environment and the logs.
 * It ends with `stop()`, and at the latest with this process. Nothing survives it but the log.
 * Throws when there is no usable python3, and when the cloud is not healthy within a minute.
 */
export async function startLocalCloud(options: { dir: string; log: (line: string) => void }): Promise<LocalCloud> {
  const python = await pythonEnvironment(options.dir, options.log);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const env = awsEnvironment(endpoint);
  const files = join(options.dir, `cloud-${String(port)}`);
  const [logFile, callsFile, scratch] = [`${files}.log`, `${files}.calls.jsonl`, `${files}.tmp`];
  const server = spawnServer({ python, port, env, logFile, callsFile, scratch });
  const pid = server.pid;
  if (pid === undefined) throw new Error(`The local cloud could not be spawned: ${python}`);
  const release = endWithThisProcess(() => {
    killGroup(pid);
    rmSync(scratch, { recursive: true, force: true });
  });
  const stop = async (): Promise<void> => {
    await endGroup(server, pid);
    release();
    rmSync(scratch, { recursive: true, force: true });
  };
  await untilHealthy(endpoint, server, logFile).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  options.log(`Local cloud at ${endpoint}, log in ${logFile}`);
  return { endpoint, port, pid, env, logFile, callsFile, stop };
}

/** The host's own variables without its AWS settings, which must not leak into the local cloud. */
export function withoutHostAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

/** `path` with Node 24, the Lambda runtime's major, found first. */
export function pathWithNode24(path: string | undefined): string {
  return [NODE_24_BIN, join(REPOSITORY, 'node_modules', '.bin'), path ?? ''].join(':');
}

function awsEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    // MiniStack takes an access key of twelve digits for the account.
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ACCOUNT_ID: ACCOUNT,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

interface ServerOptions {
  readonly python: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly callsFile: string;
  readonly scratch: string;
}

function spawnServer(options: ServerOptions): ChildProcess {
  mkdirSync(options.scratch, { recursive: true });
  // The workers' own script is CommonJS; a package.json above, such as ours, must not make an ES module of it.
  writeFileSync(join(options.scratch, 'package.json'), '{"type":"commonjs"}\n');
  rmSync(options.callsFile, { force: true });
  const log = openSync(options.logFile, 'w');
  const where = ['--app-dir', import.meta.dirname, '--host', '127.0.0.1', '--port', String(options.port)];
  // MiniStack sends Date itself, and two make the SDK sign with an invalid time. The keep-alive outlasts any test: a
  // connection closed under a client's feet is an ECONNRESET.
  const headers = ['--no-date-header', '--no-server-header', '--timeout-keep-alive', '3600'];
  const server = spawn(options.python, ['-m', 'uvicorn', 'local_cloud:app', ...where, ...headers, '--no-access-log'], {
    cwd: options.scratch,
    env: serverEnvironment(options),
    // The open stdin is how the server knows that we live, even when we are killed.
    stdio: ['pipe', log, log],
    detached: true,
  });
  closeSync(log);
  return server;
}

/** Functions inherit all of it (AWS_ENDPOINT_URL reaches them so), hence none of the host's own variables. */
function serverEnvironment({ env, port, callsFile, scratch }: ServerOptions): NodeJS.ProcessEnv {
  return {
    ...env,
    HOME: process.env['HOME'] ?? '/',
    PATH: pathWithNode24(process.env['PATH']),
    TMPDIR: scratch,
    TZ: 'UTC',
    // MiniStack's worker script calls url.parse(); without this each cold start logs the warning.
    NODE_OPTIONS: '--disable-warning=DEP0169',
    GATEWAY_PORT: String(port),
    MINISTACK_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // IAM is enforced: a function can do what its role allows, and nothing else.
    AUTH: 'true',
    LOCAL_CLOUD_CALLS: callsFile,
    // Nothing may be left beside our sources.
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free loopback port');
  return address.port;
}

async function untilHealthy(endpoint: string, server: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (server.exitCode === null && server.signalCode === null && Date.now() < deadline) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    await sleep(50);
  }
  const last = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-20).join('\n');
  throw new Error(`The local cloud did not start; the end of ${logFile}:\n${last}`);
}

/** Kills the whole group at once: its state is to be forgotten, so there is nothing to finish. */
async function endGroup(server: ChildProcess, group: number): Promise<void> {
  const ended = server.exitCode !== null || server.signalCode !== null;
  const exit = ended ? undefined : new Promise((resolve) => server.once('exit', resolve));
  killGroup(group);
  await exit;
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // The group has ended by itself.
  }
}

/** Calls `end` when this process exits or is told to; the returned function takes that back. */
function endWithThisProcess(end: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    end();
    release();
    // With our listener gone the signal does what it would have done without us.
    process.kill(process.pid, signal);
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const release = (): void => {
    process.off('exit', end);
    for (const signal of signals) process.off(signal, onSignal);
  };
  process.once('exit', end);
  for (const signal of signals) process.once(signal, onSignal);
  return release;
}
