import { describe, expect, it } from 'vitest';
import type { Decision, Matrix } from '../../../functions/authority/contract.ts';
import { defaultRows } from '../../../functions/authority/matrix.ts';
import { changeMatrix } from '../../../functions/authority/operations/change-matrix.ts';
import { keys } from '../../../functions/authority/store.ts';
import { type Change, Contended } from '../../../functions/shared/commit.ts';
import { digestOf } from '../../../functions/shared/digest.ts';

const now = new Date('2026-11-01T09:00:00.000Z');
const before: Matrix = { version: 3, rows: [...defaultRows], changed_at: now.toISOString() };
const rows = [...defaultRows].toReversed();
const reservation = { state: 'reserved', amounts: { tokens: 5 }, expires_at: now.toISOString(), charges: [] } as const;
const back = { kind: 'remove', key: { pk: 'limits#purse', sk: 'x' } } as const;

type Asked = Parameters<typeof changeMatrix>[1];

/** Changes the matrix by a decision; each commit but the last one meets counters that moved. */
async function changed(
  version: number,
  contended = 0,
  held: Decision['reservation'] = { ...reservation, charges: [] },
) {
  const decision = {
    id: 'dec_1',
    version: 2,
    verdict: 'allowed',
    outcome: null,
    outcome_due_at: '2026-11-02T09:00:00.000Z',
    outcome_overdue: false,
    domain: 'enterprise',
    proposed_by: 'ent_1',
    policies: { version: 1 },
    matrix: { version, row: 'r' },
    reservation: held,
    retention: 'compliance',
    proposal: {
      type: 'matrix_change',
      resource: { type: 'matrix', id: digestOf(rows) },
      details: {},
      classification: 'internal',
      related_tasks: [],
    },
  } as unknown as Decision;
  const settlements: unknown[] = [];
  const changes: Change[] = [];
  const deps = {
    store: { matrix: async () => before, decision: async () => decision },
    limits: {
      settle: async (asked: { reservation: NonNullable<Decision['reservation']> }) => {
        settlements.push(asked);
        return {
          change: { writes: [back], entries: [] },
          reservation: { ...asked.reservation, state: 'settled' as const },
          overrun: {},
        };
      },
    },
  };
  const commit = async (change: Change, answer: unknown) => {
    changes.push(change);
    if (changes.length <= contended) throw new Contended();
    return answer;
  };
  const call = { body: { rows, decision_id: 'dec_1' }, version: before.version, now, commit } as unknown as Asked;
  return { matrix: await changeMatrix(deps, call), settlements, changes };
}

describe('a change of the matrix', () => {
  it('[AUT-6] is refused by a decision that was taken under another matrix', async () => {
    expect((await changed(3)).matrix).toMatchObject({ version: 4 });
    await expect(changed(2)).rejects.toMatchObject({ code: 'MandateMissing' });
  });

  it('[AUT-6] [LIM-2] gives back what its decision reserved, with the change, however often counters move', async () => {
    const { settlements, changes } = await changed(3, 2);
    expect(settlements).toHaveLength(3);
    expect(settlements.at(-1)).toMatchObject({ abandoned: true, actual: undefined, decisionId: 'dec_1' });
    expect(changes.at(-1)?.writes).toContainEqual(back);
    const used = changes.at(-1)?.writes.find(({ key }) => key.pk === keys.decision('dec_1').pk);
    expect(used).toMatchObject({ item: { outcome: { result: 'succeeded' }, reservation: { state: 'settled' } } });
  });

  it('[AUT-6] settles nothing where nothing was reserved', async () => {
    expect((await changed(3, 0, null)).settlements).toEqual([]);
  });
});
