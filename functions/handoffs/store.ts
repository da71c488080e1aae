import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { shardOf } from '../shared/ledger.ts';
import { nextTick } from './clock-model.ts';
import { Handoff } from './handoff-contract.ts';
import { isOpen } from './model.ts';

/** Spread of the index of clocks: every open handoff has one row there. */
const clockShards = 4;

const partition = (id: string): string => `handoffs#handoff#${id}`;

export const keys = {
  /** H1 One handoff. */
  handoff: (id: string): Key => ({ pk: partition(id), sk: 'handoff' }),
  /** H2 Open handoffs to a team, soonest deadline first. Sparse. */
  receiving: (team: string, deadline: string) => ({ gsi1pk: `handoffs#receiving#${team}`, gsi1sk: deadline }),
  /** H3 Open handoffs from a team, soonest deadline first. Sparse. */
  handing: (team: string, deadline: string) => ({ gsi2pk: `handoffs#handing#${team}`, gsi2sk: deadline }),
  /** H4 The row of an open handoff's clock; it goes with the end. */
  clock: (id: string): Key => ({ pk: partition(id), sk: 'clock' }),
  /** H5 Clocks by what is due next, soonest first: what nobody has done by then, the sweeper does. */
  due: (shard: number, due: string) => ({ gsi1pk: `handoffs#due#${shard}`, gsi1sk: due }),
  /** H6 Token with which the workflow of a handoff is woken. */
  token: (id: string): Key => ({ pk: partition(id), sk: 'token' }),
} as const;

function handoffItem(handoff: Handoff): Item {
  if (!isOpen(handoff)) return handoff;
  const order = `${handoff.deadline}#${handoff.id}`;
  return { ...handoff, ...keys.receiving(handoff.to.team, order), ...keys.handing(handoff.from.team, order) };
}

/** The row that follows an open handoff, by what its clock does next. */
function clockWrite(handoff: Handoff): Write {
  const key = keys.clock(handoff.id);
  const tick = nextTick(handoff);
  if (!tick) return { kind: 'remove', key };
  const index = keys.due(shardOf(handoff.id, clockShards), `${tick.at}#${handoff.id}`);
  return { kind: 'put', key, item: { handoff_id: handoff.id, ...index } };
}

const handoffFrom = (item: Item): Handoff => Handoff.parse(bare(item));

export type Store = ReturnType<typeof handoffsStore>;

/** Questions of the handoffs slice. */
export const handoffsStore = (table: Table) => ({
  handoff: async (id: string): Promise<Handoff | undefined> => {
    const [item] = await table.getMany([keys.handoff(id)]);
    return item && handoffFrom(item);
  },
  /** Open handoffs to or from a team, soonest deadline first. */
  ofTeam: async (side: 'receiving' | 'handing', team: string, limit: number, after: Item | undefined) => {
    const question =
      side === 'receiving'
        ? { index: 'gsi1' as const, partition: ['gsi1pk', keys.receiving(team, '').gsi1pk] as const }
        : { index: 'gsi2' as const, partition: ['gsi2pk', keys.handing(team, '').gsi2pk] as const };
    const { items, last } = await table.query({ ...question, limit, after });
    return { handoffs: items.map(handoffFrom), last };
  },
  /** Ids of open handoffs for which something was due by `until`, at most `limit` of each shard. */
  due: async (until: Date, limit: number): Promise<string[]> => {
    const to = until.toISOString();
    const shards = Array.from({ length: clockShards }, (_, shard) => keys.due(shard, '').gsi1pk);
    const found = await Promise.all(
      shards.map((pk) =>
        table.query({ index: 'gsi1', partition: ['gsi1pk', pk], sort: { name: 'gsi1sk', to }, limit }),
      ),
    );
    return found.flatMap(({ items }) => items.map(({ handoff_id: id }) => String(id)));
  },
  token: async (id: string): Promise<string | undefined> => {
    const [item] = await table.getMany([keys.token(id)]);
    return item && String(item.token);
  },
});

export const writes = {
  open: (handoff: Handoff): Write[] => [
    { kind: 'create', key: keys.handoff(handoff.id), item: handoffItem(handoff) },
    clockWrite(handoff),
  ],
  /** @param before the version that was read; `after` may be more than one version on */
  change: (before: Pick<Handoff, 'version'>, after: Handoff): Write[] => [
    { kind: 'replace', key: keys.handoff(after.id), item: handoffItem(after), version: before.version },
    clockWrite(after),
  ],
  token: (id: string, token: string, ttl: number): Write => ({
    kind: 'put',
    key: keys.token(id),
    item: { token, ttl },
  }),
} as const;
