import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../lib/constructs/bundle.ts';
import { agentToken, type FirstRequest, firstRequests, startSink, unmeasured } from './first-requests.ts';
import type { Laboratory } from './laboratory.ts';
import { atMost, type Figure } from './report.ts';
import { compare, median } from './statistics.ts';
import type { World } from './worlds.ts';

type Env = Record<string, string>;

const rounds = 5;
const ordinary = 2;
/** These functions carry Cedar, which is most of their start. */
const allowed: Readonly<Record<string, number>> = { 'authority-api': 3, 'policies-steps': 3 };

const processFile = fileURLToPath(new URL('./cold-process.ts', import.meta.url));
const floorFile = fileURLToPath(new URL('./floor.ts', import.meta.url));
const floorRequest: FirstRequest = {
  what: 'one record',
  event: () => ({ pk: 'directory#enterprise', sk: 'enterprise' }),
  accepts: ({ found }: { found: boolean }) => found,
};

/** Start of each function in a fresh process, against a function that does next to nothing. */
export async function coldStartFigures(lab: Laboratory, wanted: (label: string) => boolean): Promise<Figure[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'orchestra-floor-'));
  const sink = await startSink();
  try {
    const floor = join(scratch, 'index.mjs');
    build(floorFile, floor);
    const world = await lab.freshWorld();
    const requests = firstRequests(await agentToken(lab.issuer), sink.url);
    const figures: Figure[] = [];
    const floors: number[] = [];
    for (const one of lab.functions.filter(({ label }) => wanted(label) && !unmeasured.has(label))) {
      const request = requests[one.label];
      if (!request) throw new Error(`${one.label}: say in first-requests.ts what it is asked first`);
      const env = onTables(await lab.envOf(one.label), world);
      const start = (path: string, asked: FirstRequest) => () => startOf(path, asked, { ...lab.cloud.env, ...env });
      const bundle = join(one.directory, 'index.mjs');
      const pair = await compare(start(bundle, request), start(floor, floorRequest), rounds);
      figures.push(figureOf(one.label, pair.ratio, request.what));
      floors.push(pair.floor);
    }
    return [...figures, ...(floors.length > 0 ? [floorFigure(median(floors))] : [])];
  } finally {
    sink.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The function's environment, on tables that hold an organization. */
const onTables = (env: Env, { state, ledger }: World): Env => ({ ...env, STATE_TABLE: state, LEDGER_TABLE: ledger });

const figureOf = (label: string, value: number, what: string): Figure => ({
  name: `cold_start.${label}`,
  value,
  unit: 'ratio',
  target: atMost(allowed[label] ?? ordinary),
  against: `First request: ${what}.`,
});

const floorFigure = (value: number): Figure => ({
  name: 'cold_start.floor_ms',
  value,
  unit: 'ms',
  against: 'The function that the others are compared with; depends on the host.',
});

/** Milliseconds from import to response; an answer that is not the expected one is no measurement. */
async function startOf(bundle: string, { event, accepts }: FirstRequest, env: Env): Promise<number> {
  const { PATH = '' } = process.env;
  const child = fork(processFile, [bundle, JSON.stringify(event())], {
    env: { PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('message', ({ milliseconds, answer }: { milliseconds: number; answer: unknown }) => {
      if (accepts(answer as never)) resolve(milliseconds);
      else reject(new Error(`${bundle} answered ${JSON.stringify(answer)?.slice(0, 500)}`));
    });
    child.once('exit', (code) => reject(new Error(`${bundle} ended with ${code}: ${complaint.slice(-2000)}`)));
  });
}
