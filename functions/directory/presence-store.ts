import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { shardOf } from '../shared/ledger.ts';
import { Presence, Pulse, type Signs } from './presence-model.ts';

/** Spread of the index of those who are to be heard of next: every heartbeat writes one row there. */
const silentShards = 16;

export const presenceKeys = {
  /** D11 The last heartbeat of an agent. */
  pulse: (agent: string): Key => ({ pk: `directory#presence#${agent}`, sk: 'pulse' }),
  /** D12 Whether an agent can be reached. */
  presence: (agent: string): Key => ({ pk: `directory#presence#${agent}`, sk: 'presence' }),
  /** D13 Agents by when their silence is too long, soonest first. Sparse: without those for whom nobody waits. */
  silentBy: (shard: number, due: string) => ({ gsi1pk: `directory#silent-by#${shard}`, gsi1sk: due }),
} as const;

/** What a batched read of one agent's signs asks for; `signsFrom` reads what came of it. */
export const signKeys = (agent: string): [Key, Key] => [presenceKeys.pulse(agent), presenceKeys.presence(agent)];

export const signsFrom = ([pulse, presence]: readonly (Item | undefined)[]): Signs => ({
  pulse: pulse && Pulse.parse(bare(pulse)),
  presence: presence && Presence.parse(bare(presence)),
});

const pulseItem = (pulse: Pulse): Item => ({
  ...pulse,
  ...(pulse.due_at === null
    ? {}
    : presenceKeys.silentBy(shardOf(pulse.agent, silentShards), `${pulse.due_at}#${pulse.agent}`)),
});

export type Presences = ReturnType<typeof presenceStore>;

/** Questions about whether agents are there. */
export const presenceStore = (table: Table) => ({
  of: async (agent: string): Promise<Signs> => signsFrom(await table.getMany(signKeys(agent))),
  /** In the order of the agents. */
  ofMany: async (agents: readonly string[]): Promise<Signs[]> => {
    const items = await table.getMany(agents.flatMap(signKeys));
    return agents.map((_, at) => signsFrom(items.slice(2 * at, 2 * at + 2)));
  },
  /** Heartbeats that were due by then, at most `limit` of each shard. */
  due: async (now: Date, limit: number): Promise<Pulse[]> => {
    const shards = Array.from({ length: silentShards }, (_, shard) => presenceKeys.silentBy(shard, '').gsi1pk);
    const found = await Promise.all(
      shards.map((pk) =>
        table.query({
          index: 'gsi1',
          partition: ['gsi1pk', pk],
          sort: { name: 'gsi1sk', to: now.toISOString() },
          limit,
        }),
      ),
    );
    return found.flatMap(({ items }) => items.map((item) => Pulse.parse(bare(item))));
  },
});

/** A record that carries its next version already. */
const written = (key: Key, item: Item, version: number): Write =>
  version === 1 ? { kind: 'create', key, item } : { kind: 'replace', key, item, version: version - 1 };

export const presenceWrites = {
  pulse: (pulse: Pulse): Write => written(presenceKeys.pulse(pulse.agent), pulseItem(pulse), pulse.version),
  presence: (presence: Presence): Write => written(presenceKeys.presence(presence.agent), presence, presence.version),
} as const;
