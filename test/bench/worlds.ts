import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Quota } from '../../functions/limits/contract.ts';
import { defaultLimits } from '../../functions/limits/defaults.ts';
import { seed } from '../../functions/platform/seed-steps.ts';
import type { Change } from '../../functions/shared/commit.ts';
import type { Item } from '../../functions/shared/dynamo.ts';
import { coreFrom } from '../../functions/shared/runtime.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { agentAt, agentItems, agentOf, clientId, entryItems, unitItems } from './population.ts';
import { importTable } from './tables.ts';
import { workItems } from './workforce.ts';

/** A control plane's two tables with as many agents, tasks and ledger entries as its size says. */
export type World = { size: number; state: string; ledger: string; newest: Date };

/** What a world is made of; `more` is in its state, too. */
export type Making = { size: number; policyFiles: readonly string[]; deployed: Deployed; more?: Iterable<Item> };

export type Deployed = { STATE_TABLE: string; LEDGER_TABLE: string; LEDGER_SHARDS: string };

/** Noon of today: whatever a ledger holds is then on one day, and the same at every hour of the day. */
const noon = (): Date => new Date(`${new Date().toISOString().slice(0, 10)}T12:00:00.000Z`);

/** Makes such tables beside the deployed ones, and seeds them as a deployment does, with the given policies. */
export async function makeWorld(name: string, { size, policyFiles, deployed, more = [] }: Making): Promise<World> {
  const client = new DynamoDBClient({});
  const shards = Number(deployed.LEDGER_SHARDS);
  const newest = noon();
  const agents = several(size, (n) => {
    const agent = agentOf(agentAt(n), n, newest);
    return [...agentItems(agent), ...workItems(n, agent, newest)];
  });
  const entries = several(size, (n) => entryItems(n, newest, shards));
  const state = await importTable(
    client,
    deployed.STATE_TABLE,
    `bench-state-${name}`,
    joined(unitItems(), agents, more),
  );
  const ledger = await importTable(client, deployed.LEDGER_TABLE, `bench-ledger-${name}`, entries);
  const core = coreFrom({ STATE_TABLE: state, LEDGER_TABLE: ledger, LEDGER_SHARDS: shards }, client);
  await seed(core, { operatorClientId: clientId, policyFiles });
  await core.commit(withoutEnd(newest), { actor: 'bench', now: newest, trace: continueTrace(undefined) });
  client.destroy();
  return { size, state, ledger, newest };
}

/** Limits that no figure runs into. */
const withoutEnd = (now: Date): Change => ({
  writes: defaultLimits(now).flatMap(({ change }) =>
    change.writes.map((write) => {
      if (write.kind !== 'create') throw new Error('a default limit is created');
      const quotas = (write.item.quotas as Quota[]).map((quota) => ({ ...quota, amount: 10 ** 14 }));
      return { ...write, kind: 'put' as const, item: { ...write.item, quotas } };
    }),
  ),
  entries: [],
});

function* joined(...all: Iterable<Item>[]): Generator<Item, void, undefined> {
  for (const items of all) yield* items;
}

function* several(count: number, make: (n: number) => Item[]): Generator<Item, void, undefined> {
  for (let n = 0; n < count; n += 1) yield* make(n);
}
