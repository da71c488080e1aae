import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { walk } from '../../functions/dependencies/walk.ts';
import { type Item, tableOf } from '../../functions/shared/dynamo.ts';
import type { Task } from '../../functions/workload/contract.ts';
import { workloadPort } from '../../functions/workload/port.ts';
import { writes } from '../../functions/workload/store.ts';
import { agentAt, itemsOf } from './population.ts';
import { atMost, type Figure } from './report.ts';
import { meter } from './requests.ts';
import { importTable } from './tables.ts';
import { openTask } from './workforce.ts';

const tasks = 10_000;
const depth = 20;
/** A chain of `depth` dependencies; each of its tasks but the last waits for two more, which wait for nothing. */
const chain = depth + 1;
const group = chain + 2 * depth;
const measured = 5;

const idAt = (n: number): string => `BENCH-${String(n).padStart(5, '0')}`;
const blocker = (n: number) => ({
  dependency_id: `dep_${String(n).padStart(8, '0')}-0000-7000-8000-000000000000`,
  task_id: idAt(n),
});

function taskAt(n: number, now: Date): Task {
  const [first, at] = [n - (n % group), n % group];
  const open = openTask(idAt(n), agentAt(0), now);
  if (at >= depth) return open;
  const blocked_by = [at + 1, chain + 2 * at, chain + 2 * at + 1].map((one) => blocker(first + one));
  return { ...open, state: 'blocked', blocked_by };
}

function* graph(now: Date): Generator<Item, void, undefined> {
  for (let n = 0; n < tasks; n += 1) yield* itemsOf([writes.create(taskAt(n, now))]);
}

/** What the check for cycles asks of DynamoDB: where there is none, and where the last task of the chain closes one. */
export async function cycleFigures(env: { STATE_TABLE: string }): Promise<Figure[]> {
  const client = new DynamoDBClient({});
  const name = await importTable(client, env.STATE_TABLE, 'bench-state-graph', graph(new Date()));
  const seen = meter(client);
  const port = workloadPort({ state: tableOf(client, name) });
  const counts: number[] = [];
  for (let nth = 0; nth < measured; nth += 1) {
    const [start, end] = [nth * group, nth * group + depth];
    for (const [target, kind] of [
      [idAt((nth + 1) * group), 'clear'],
      [idAt(end), 'cycle'],
    ] as const) {
      seen.requests();
      const found = await walk(port.tasks, target, idAt(start));
      if (found.kind !== kind) throw new Error(`${target} behind ${idAt(start)}: ${found.kind} instead of ${kind}`);
      if (found.kind === 'clear' && found.read.length !== group)
        throw new Error(`${found.read.length} tasks were read`);
      counts.push(seen.requests().length);
    }
  }
  client.destroy();
  const against = `Most of ${counts.length} walks in a graph of ${tasks.toLocaleString('en-US')} tasks, along a chain of ${depth} dependencies whose tasks wait for two more each (${group} tasks in all), with a cycle at its end and without; one batched read a level.`;
  return [
    {
      name: 'dependency.cycle_requests',
      value: Math.max(...counts),
      unit: 'requests',
      target: atMost(depth + 1),
      against,
    },
  ];
}
