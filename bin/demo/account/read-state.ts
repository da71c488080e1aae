import type { ConflictRecord, ResolutionRecord } from './conflicts.ts';
import type { DependencyRecord, DependencyState, ReservationRecord, ResourceRecord } from './dependencies.ts';
import type { HandoffRecord } from './handoffs.ts';
import { type Call, everyItem, insist } from '../http.ts';
import { type Entry, recordsOf } from './ledger.ts';
import type { MessageRecord, PresenceRecord } from './presence.ts';
import type { ClaimsRecord, TaskRecord } from './tasks.ts';

/** The state of a day, as the API tells it. */
export type State = {
  tasks: readonly TaskRecord[];
  claims: ReadonlyMap<string, ClaimsRecord>;
  handoffs: readonly HandoffRecord[];
  conflicts: readonly ConflictRecord[];
  resolutions: readonly ResolutionRecord[];
  agents: readonly PresenceRecord[];
  messages: readonly MessageRecord[];
} & DependencyState;

/** So many requests at once while the books are read. */
const atOnce = 4;

/** Does something for each, some at once. */
async function forEach<T, R>(all: readonly T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = all.entries();
  const work = async (): Promise<void> => {
    for (const [at, one] of queue) results.set(at, await run(one));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return all.map((_, at) => results.get(at) as R);
}

/**
 * Reads all of it. What there is no list of is read by the ids that the ledger names; where there is one, of open handoffs and
 * of what a task needs, it is read too, so that nothing can be in the state without being found.
 */
export async function readState(call: Call, domains: readonly string[], entries: readonly Entry[]): Promise<State> {
  const tasks = (
    await forEach(domains, (domain) => everyItem<TaskRecord>(call, `/tasks?domain=${domain}&limit=100`))
  ).flat();
  const claims = await forEach(tasks, async ({ id }) => {
    const { live, past } = await insist<ClaimsRecord>(call, 200, 'GET', `/tasks/${id}/claims`);
    return [id, { live, past: past.toSorted((a, b) => a.token - b.token) }] as const;
  });
  const agents = await everyItem<PresenceRecord>(call, '/agents?limit=100');
  const orchestrators = domains.map((domain) => ({ id: `orc_${domain}` }));
  const owners = [...agents, ...orchestrators, { id: 'orc_enterprise' }];
  const messages = await forEach(owners, ({ id }) => everyItem<MessageRecord>(call, `/agents/${id}/inbox?limit=100`));
  const resources = await everyItem<ResourceRecord>(call, '/resources?limit=100');
  return {
    tasks,
    claims: new Map(claims),
    agents,
    messages: messages.flat(),
    handoffs: await readHandoffs(call, tasks, entries),
    dependencies: await readDependencies(call, tasks, entries),
    resources,
    conflicts: await readConflicts(call, domains, entries),
    resolutions: await everyItem<ResolutionRecord>(call, '/resolutions?limit=100'),
    reservations: await byName<ReservationRecord>(call, entries, 'reservation', '/reservations', []),
  };
}

async function readHandoffs(
  call: Call,
  tasks: readonly TaskRecord[],
  entries: readonly Entry[],
): Promise<HandoffRecord[]> {
  const teams = [...new Set(tasks.map(({ team }) => team))];
  const open = await forEach(teams, (team) => everyItem<HandoffRecord>(call, `/handoffs?team=${team}&limit=100`));
  return byName(call, entries, 'handoff', '/handoffs', open.flat());
}

async function readConflicts(
  call: Call,
  domains: readonly string[],
  entries: readonly Entry[],
): Promise<ConflictRecord[]> {
  const open = await forEach(domains, (domain) =>
    everyItem<ConflictRecord>(call, `/conflicts?domain=${domain}&limit=100`),
  );
  return byName(call, entries, 'conflict', '/conflicts', open.flat());
}

async function readDependencies(
  call: Call,
  tasks: readonly TaskRecord[],
  entries: readonly Entry[],
): Promise<DependencyRecord[]> {
  const needed = await forEach(tasks, ({ id }) =>
    everyItem<DependencyRecord>(call, `/dependencies?task=${id}&direction=needs&limit=100`),
  );
  return byName(call, entries, 'dependency', '/dependencies', needed.flat());
}

/** What was listed, and what the ledger names beside it. A record that is not there is missing in the answer, to be found so. */
async function byName<T extends { id: string }>(
  call: Call,
  entries: readonly Entry[],
  kind: string,
  path: string,
  listed: readonly T[],
): Promise<T[]> {
  const found = new Map(listed.map((one) => [one.id, one]));
  const named = [...recordsOf(entries, kind).keys()].filter((id) => !found.has(id));
  const read = await forEach(named, (id) => call<T>('GET', `${path}/${id}`));
  for (const { status, body } of read) if (status === 200) found.set(body.id, body);
  return [...found.values()];
}
