import { describe, expect, it } from 'vitest';
import { Problem } from '../../../functions/shared/errors.ts';
import type { CloudEvent } from '../../../functions/shared/events.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';
import { demandKeys, demandStore } from '../../../functions/workload/demand-store.ts';
import { type Along, demandOf } from '../../../functions/workload/demand.ts';
import { taskEvent } from '../../support/capacity.ts';
import { memoryState } from '../../support/memory-state.ts';

const at = new Date('2026-11-25T23:59:59.999Z');

/** Counts over a table in memory, whose first commits are refused as told. */
function counting(along?: Along, refusals = 0) {
  const state = memoryState();
  const subscriptions = demandOf(demandStore(state.table), along);
  let left = refusals;
  const commit = async (change: Parameters<typeof state.commit>[0]): Promise<void> => {
    left -= 1;
    if (left >= 0) throw new Problem('AlreadyExists', 'Another was first.');
    await state.commit(change, { actor: 'test', now: at, trace: continueTrace(undefined) });
  };
  const deliver = async (event: CloudEvent): Promise<void> => {
    const subscription = subscriptions.find(({ type }) => type === event.type);
    await subscription?.run(event, { now: at, trace: continueTrace(undefined), commit });
  };
  const rows = (skill: string) =>
    [...state.rows.values()].filter(({ pk }) => pk === demandKeys.demand('product', skill, '', 0).pk);
  return { state, deliver, rows };
}

describe('demand', () => {
  it('[WRK-6] goes to the UTC day of its event, in one of some shards, and expires', async () => {
    const { deliver, rows } = counting();
    for (let n = 0; n < 40; n += 1) {
      await deliver(taskEvent('created', { domain: 'product', at, minutes: 5, task: `task_${n}`, skills: ['go'] }));
    }
    const found = rows('go');
    expect(found.length).toBeGreaterThan(2);
    expect(found.every(({ day, sk }) => day === '2026-11-25' && sk.startsWith('2026-11-25#'))).toBe(true);
    expect(found.reduce((sum, { minutes }) => sum + Number(minutes), 0)).toBe(200);
    const days = (Number(found[0]?.ttl) - at.getTime() / 1000) / 86_400;
    expect(Math.round(days)).toBe(400);
  });

  it('[WRK-6] is planned anew where another began the day first', async () => {
    const { deliver, rows } = counting(undefined, 2);
    await deliver(taskEvent('created', { domain: 'product', at, minutes: 5, skills: ['go'] }));
    expect(rows('go')).toMatchObject([{ created: 1, minutes: 5 }]);
  });

  it('[WRK-6] of a task that is done is counted in the transaction of whatever else is done about it', async () => {
    const asked: (readonly string[])[] = [];
    const along: Along = async (agents, write) => {
      asked.push(agents);
      await write({
        writes: [{ kind: 'put', key: { pk: 'workload#x', sk: 'y' }, item: { by: 'along' } }],
        entries: [],
      });
    };
    const { state, deliver, rows } = counting(along);
    await deliver(taskEvent('completed', { domain: 'product', at, minutes: 5 }));
    expect(asked).toEqual([['agt_1']]);
    expect(rows('*')).toMatchObject([{ completed: 1, created: 0, minutes: 0 }]);
    expect(state.rows.get('workload#x y')).toMatchObject({ by: 'along' });
    await deliver(taskEvent('created', { domain: 'product', at }));
    expect(asked).toHaveLength(1);
  });
});
