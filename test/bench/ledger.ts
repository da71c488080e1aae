import { dayOf } from '../../functions/shared/clock.ts';
import { newIdOf } from '../../functions/shared/ids.ts';
import { ledgerKeys, shardOf } from '../../functions/shared/ledger.ts';
import { transactionUnits } from './item-size.ts';
import { domains, entryAt } from './population.ts';
import { type Figure, under } from './report.ts';

const decisionsPerSecond = 10_000;
const seconds = 5;
/** Write units that DynamoDB gives one partition a second, and so the writes of items of up to 1 KB. */
const partitionLimit = 1_000;

/** How evenly the key function spreads the ledger's writes. No clock and no cloud: it only counts. */
export function ledgerFigures(shards: number): Figure[] {
  const spread = hottest(shards, domains);
  const single = hottest(shards, [domains[0]]);
  const units = transactionUnits(entryAt(1, new Date()));
  const load = `${decisionsPerSecond.toLocaleString('en-US')} decisions/s with fresh ids, ${seconds} simulated seconds, ${shards} shards a domain`;
  const binds = `a partition takes ${partitionLimit.toLocaleString('en-US')} of them, which binds before the count of writes does`;
  return [
    {
      name: 'ledger.hottest_partition',
      value: spread,
      unit: 'writes/s',
      target: under(partitionLimit),
      against: `Simulation over the ledger's key function: the busiest second of the busiest partition at ${load}, three domains.`,
    },
    {
      name: 'ledger.hottest_partition_one_domain',
      value: single,
      unit: 'writes/s',
      target: under(partitionLimit),
      against: 'The same with every decision in one domain.',
    },
    {
      name: 'ledger.units_per_entry',
      value: units,
      unit: 'WCU',
      against: 'An ordinary entry written in a transaction, which costs two units for each KB begun.',
    },
    {
      name: 'ledger.hottest_partition_units',
      value: spread * units,
      unit: 'WCU/s',
      against: `The first figure in write units; ${binds}.`,
    },
    {
      name: 'ledger.hottest_partition_units_one_domain',
      value: single * units,
      unit: 'WCU/s',
      against: `The second figure in write units; ${binds}.`,
    },
  ];
}

/** Writes a second of the partition that gets most of them. */
function hottest(shards: number, among: readonly string[]): number {
  const writes = new Map<string, number>();
  const from = new Date();
  for (let second = 0; second < seconds; second += 1) {
    const day = dayOf(new Date(from.getTime() + second * 1000));
    for (let n = 0; n < decisionsPerSecond; n += 1) {
      const domain = among[n % among.length] ?? '';
      const partition = ledgerKeys.partition(domain, day, shardOf(`decision/${newIdOf('dec')}`, shards));
      const key = `${second} ${partition}`;
      writes.set(key, (writes.get(key) ?? 0) + 1);
    }
  }
  return Math.max(...writes.values());
}
