import { dimensions, type Quota, type Scope } from '../../functions/limits/contract.ts';
import { limitsPort } from '../../functions/limits/port.ts';
import { pursesOf } from '../../functions/limits/scopes-model.ts';
import { unset, writes } from '../../functions/limits/store.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { type MemoryState, memoryState } from '../support/memory-state.ts';
import { transactionUnits } from './item-size.ts';
import { agentAt } from './population.ts';
import { type Figure, under } from './report.ts';

const decisionsPerSecond = 1_000;
/** A few before a minute turns, and a few after. */
const seconds = 12;
const agents = 2_000;
/** Write units, and so writes of items of up to 1 KB, that DynamoDB gives one partition a second. */
const partitionLimit = 1_000;
/** A decision consumes this much, and half of it in the end. */
const amounts = { tokens: 20_000, cost_micro_usd: 20_000 };
const used = { tokens: 10_000, cost_micro_usd: 10_000 };

const start = new Date('2026-11-22T09:59:55.000Z');
const enterprise: Scope = { kind: 'enterprise', id: 'enterprise' };
const trace = continueTrace(undefined);

/** Every dimension by minute, day and month: the largest items that there can be, and the most turns of windows. */
const quotas = (times: number): Quota[] =>
  dimensions.flatMap((dimension) =>
    (['minute', 'day', 'month'] as const).map((window) => ({ dimension, window, amount: times * 10_000_000 })),
  );

type Load = { hottest: number; units: number; refused: number };

/** Writes a second of the item that gets most of them, with the real allocation over a table in memory. */
async function loaded(ofEnterprise: number): Promise<Load> {
  const state = memoryState();
  const port = limitsPort({ state: state.table, commit: state.commit });
  await setAll(state, ofEnterprise);
  let counts = new Map<string, number>();
  const load: Load = { hottest: 0, units: 0, refused: 0 };
  state.onWrite = ({ pk }) => void counts.set(pk, (counts.get(pk) ?? 0) + 1);
  for (let second = 0; second < seconds; second += 1) {
    counts = new Map();
    for (let n = 0; n < decisionsPerSecond; n += 1) {
      const now = new Date(start.getTime() + second * 1000 + n);
      const holder = agentAt((second * decisionsPerSecond + n) % agents);
      const found = await port.reserve({ holder, amounts, now, trace, expiresAt: now.toISOString() });
      await state.commit(found.change, { actor: 'bench', now, trace });
      if (found.kind === 'refused') load.refused += 1;
      else {
        const about = { decisionId: 'dec_1', principal: holder.id, domain: holder.domain };
        const { reservation } = found;
        const settled = await port.settle({ reservation, abandoned: false, actual: used, now, trace, ...about });
        await state.commit(settled.change, { actor: 'bench', now, trace });
      }
    }
    load.hottest = Math.max(load.hottest, ...counts.values());
  }
  const items = [...state.rows.values()].filter(({ sk }) => sk === 'purse' || sk === 'vault');
  load.units = Math.max(...items.map(transactionUnits));
  return load;
}

async function setAll(state: MemoryState, ofEnterprise: number): Promise<void> {
  const scopes: [Scope, number][] = [
    [enterprise, ofEnterprise],
    ...(['agent', 'team', 'domain'] as const).map((id): [Scope, number] => [{ kind: 'default', id }, 100_000]),
  ];
  for (const [scope, times] of scopes) {
    const limit = { ...unset(scope, start), version: 1, revision: 1, quotas: quotas(times) };
    await state.commit(
      { writes: [writes.limit(undefined, limit)], entries: [] },
      { actor: 'bench', now: start, trace },
    );
  }
}

/** How evenly reservations and settlements spread over the purses of one limit. No clock and no cloud: it only counts. */
export async function limitFigures(): Promise<Figure[]> {
  const [plenty, scarce] = [await loaded(100_000), await loaded(3)];
  const rate = decisionsPerSecond.toLocaleString('en-US');
  const against = `Simulation over the real allocation, ${rate} decisions/s of ${agents} agents under one enterprise limit, each reserved and settled, ${seconds} simulated seconds with the turn of a minute`;
  return [
    {
      name: 'limits.hottest_partition',
      value: plenty.hottest,
      unit: 'writes/s',
      target: under(partitionLimit),
      against: `${against}: the busiest second of the busiest item; each is a partition key of its own, ${pursesOf(enterprise)} purses and a vault.`,
    },
    {
      name: 'limits.hottest_partition_near_exhaustion',
      value: scarce.hottest,
      unit: 'writes/s',
      target: under(partitionLimit),
      against: `The same with a limit that is used up after three seconds: ${scarce.refused.toLocaleString('en-US')} were refused: what other purses hold is taken back.`,
    },
    {
      name: 'limits.hottest_partition_units',
      value: plenty.hottest * plenty.units,
      unit: 'WCU/s',
      target: under(partitionLimit),
      against: 'The first figure in write units, if all of it went to the largest item.',
    },
    {
      name: 'limits.units_per_write',
      value: plenty.units,
      unit: 'WCU',
      against: 'The largest purse or vault, with 15 quotas, in a transaction.',
    },
  ];
}
