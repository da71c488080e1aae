import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../functions/authority/contract.ts';
import { commitMandated, mandateOf } from '../../../functions/policies/mandates.ts';
import type { Write } from '../../../functions/shared/dynamo.ts';

const now = new Date('2026-11-01T09:00:00.000Z');
const key = { pk: 'authority#decision#dec_1', sk: 'decision' };
const resource = { type: 'enforcement', id: 'observe/10' };
const decision = {
  id: 'dec_1',
  version: 4,
  verdict: 'allowed',
  outcome: null,
  outcome_due_at: '2026-11-02T09:00:00.000Z',
  proposal: { type: 'enforcement_change', resource },
} as unknown as Decision;
const read = (id: string, isUsed = false) =>
  mandateOf(
    { store: { isUsed: async () => isUsed }, decisions: { decision: async () => decision, keyOf: () => key } },
    'dec_1',
    { type: 'enforcement_change', resource: { ...resource, id } },
    now,
  );

describe('a mandate', () => {
  it('[POL-5] serves for the minutes that it names, once', async () => {
    expect((await read('observe/10')).fault).toBeUndefined();
    expect((await read('observe/240')).fault).toMatch('enforcement/observe/10');
    expect((await read('observe/10', true)).fault).toMatch('used');
  });

  it('[POL-5] is committed only as it was read', async () => {
    const commit = async (change: { writes: readonly Write[] }) => change.writes;
    const mandate = { ...(await read('observe/10')), use: 'enforcement/observe/10' };
    const written = await commitMandated(commit, { writes: [], entries: [] }, mandate, []);
    expect(written).toContainEqual({ kind: 'check', key, version: 4 });
  });
});
