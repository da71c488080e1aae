import { inboxPort } from '../../../functions/approvals/inbox-port.ts';
import { newAgent, newTeam } from '../../../functions/directory/births.ts';
import type { LimitsPort } from '../../../functions/limits/contract.ts';
import type { Change } from '../../../functions/shared/commit.ts';
import type { Item, Key, Question, Table } from '../../../functions/shared/dynamo.ts';
import type { Actor } from '../../../functions/shared/principal.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';
import { directoryPort } from '../../../functions/workload/agents.ts';
import { bindings } from '../../../functions/workload/bindings.ts';
import { candidateStore } from '../../../functions/workload/candidate-store.ts';
import { supplyStore } from '../../../functions/workload/capacity-store.ts';
import { demandStore } from '../../../functions/workload/demand-store.ts';
import { idle } from '../../../functions/workload/load-model.ts';
import { workloadPort } from '../../../functions/workload/port.ts';
import { workloadStore, writes } from '../../../functions/workload/store.ts';
import { type MemoryState, memoryState } from '../../support/memory-state.ts';
import { start } from './fixtures.ts';

const trace = continueTrace(undefined);

/** Indexes in memory: rows that carry the key, in its order. */
const queryOf =
  ({ rows }: MemoryState): Table['query'] =>
  async ({ partition: [name, value], sort, limit }: Question) => {
    const by = name.replace('pk', 'sk');
    const found = [...rows.values()]
      .filter((row) => row[name] === value)
      .filter((row) => {
        const at = String(row[by]);
        return at.startsWith(sort?.prefix ?? '') && at >= (sort?.from ?? '') && at <= (sort?.to ?? '\uffff');
      })
      .toSorted((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1));
    return { items: structuredClone(found.slice(0, limit)), last: undefined };
  };

/** Limits that everything is within. */
const boundless: LimitsPort = {
  keysFor: () => [],
  reserve: async ({ amounts, expiresAt: expires_at }) => ({
    kind: 'reserved',
    reservation: { state: 'reserved', amounts, expires_at, charges: [] },
    change: { writes: [], entries: [] },
    told: { policies: [] },
  }),
  settle: async ({ reservation }) => ({
    change: { writes: [], entries: [] },
    reservation: { ...reservation, state: 'settled' },
    overrun: {},
  }),
  expire: async (reservation) => ({ writes: [], reservation: { ...reservation, state: 'expired' } }),
};

export type Who = { id: string; team: string; domain: string };
export const teams = { checkout: 'product', catalog: 'product', network: 'platform' } as const;
export const agents: readonly Who[] = (['checkout', 'checkout', 'catalog', 'network'] as const).map((team, n) => ({
  id: `agt_${n}`,
  team,
  domain: teams[team],
}));
const boss = { id: 'hum_operator', kind: 'human' as const, level: 'board' as const, domain: 'enterprise' };

const actorOf = (who: Who | undefined): Actor => {
  const given = who ? { ...who, kind: 'agent' as const, level: 'agent' as const } : boss;
  return { ...given, name: given.id, credential: 'test', roles: ['operator'], approved_tools: [] };
};

type Route = keyof ReturnType<typeof bindings>;
type Loose = {
  load?: (caller: object, input: object) => readonly Key[];
  run: (call: object, loaded: (Item | undefined)[]) => Promise<unknown>;
};

/** The operations of the slice over state in memory, with a clock that is set by hand. */
export async function workloadWorld(leaseSeconds: number) {
  const state = memoryState();
  const clock = { now: start };
  const table = { ...state.table, query: queryOf(state) };
  const commit = async (change: Change, by = 'orchestra_workload') =>
    void (await state.commit(change, { actor: by, now: clock.now, trace }));
  await commit(population());
  const deps = {
    store: workloadStore(table),
    candidates: candidateStore(table),
    demands: demandStore(table),
    supplies: supplyStore(table),
    directory: directoryPort,
    inbox: inboxPort(table),
    limits: boundless,
    read: table.getMany,
    decisions: { keyOf: () => ({ pk: '-', sk: '-' }), from: () => undefined, unchanged: () => neverWritten },
    cursors: { seal: async () => '', open: async () => undefined },
    leaseSeconds,
  };
  const routes = bindings(deps) as unknown as Record<Route, Loose | Loose['run']>;
  return {
    state,
    clock,
    commit,
    port: workloadPort({ state: table }),
    /** What consumer and sweeper stand on. */
    following: {
      ...deps,
      agent: async (id: string) => directoryPort.agent((await table.getMany([directoryPort.keyOf(id)]))[0]),
      commit: state.commit,
      now: () => clock.now,
    },
    /** Asks a route as an agent, or as the operator. */
    ask: async (route: Route, who: Who | undefined, id: string | undefined, body: object = {}): Promise<unknown> => {
      const binding = routes[route];
      const { load, run } = typeof binding === 'function' ? { load: undefined, run: binding } : binding;
      const actor = actorOf(who);
      const input = { params: { id }, query: {}, body, version: 0 };
      const loaded = await table.getMany(load?.(who ?? { id: actor.id }, input) ?? []);
      const made = async (change: Change, answer: unknown) => {
        await commit(change, actor.id);
        return answer;
      };
      return run({ ...input, actor, now: clock.now, trace, tell: () => undefined, commit: made }, loaded);
    },
  };
}
export type WorkloadWorld = Awaited<ReturnType<typeof workloadWorld>>;

const neverWritten = { kind: 'check' as const, key: { pk: '-', sk: '-' }, version: 0 };

/** Teams and agents, of which the workload knows all but the last one. */
function population(): Change {
  const units = Object.entries(teams).map(([id, domain]) => {
    const item = newTeam({ id, name: id, domain, client_id: 'test' });
    return { kind: 'create' as const, key: directoryPort.teamKey(id), item };
  });
  const records = agents.map(({ id, team, domain }) => {
    const given = { id, name: id, team, skills: [], approved_tools: [], roles: [] };
    return newAgent({ ...given, capacity: 2, cost_rate_micro_usd_per_hour: 1, owner: 'Test' }, domain, start);
  });
  const principals = records.map((item) => ({ kind: 'create' as const, key: directoryPort.keyOf(item.id), item }));
  const known = records.slice(0, -1).map((agent) => writes.newLoad(idle(agent)));
  return { writes: [...units, ...principals, ...known], entries: [] };
}
