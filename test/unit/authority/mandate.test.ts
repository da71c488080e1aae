import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../functions/authority/contract.ts';
import { mandateFault } from '../../../functions/authority/contract.ts';

const now = new Date('2026-11-01T09:00:00.000Z');
const wanted = { type: 'policy_change', resource: { type: 'policy_version', id: '7' } };
const mandate = {
  verdict: 'allowed',
  outcome: null,
  outcome_due_at: '2026-11-02T09:00:00.000Z',
  proposal: { type: 'policy_change', resource: { type: 'policy_version', id: '7' } },
} as Decision;

describe('a mandate', () => {
  it('[AUT-6] is a decision that allows this very change, and is still open', () => {
    expect(mandateFault(mandate, wanted, now)).toBeUndefined();
  });

  const others: [why: string, decision: Decision | undefined][] = [
    ['one that does not exist', undefined],
    ['one that waits for approval', { ...mandate, verdict: 'escalated' }],
    ['one that was denied', { ...mandate, verdict: 'denied' }],
    ['one of another type', { ...mandate, proposal: { ...mandate.proposal, type: 'matrix_change' } }],
    [
      'one about another version',
      { ...mandate, proposal: { ...mandate.proposal, resource: { type: 'policy_version', id: '8' } } },
    ],
    [
      'one about another kind of thing',
      { ...mandate, proposal: { ...mandate.proposal, resource: { type: 'matrix', id: '7' } } },
    ],
    ['one whose time is over', { ...mandate, outcome_due_at: now.toISOString() }],
    ['one that was settled', { ...mandate, outcome: { result: 'succeeded' } as Decision['outcome'] }],
  ];
  it.each(others)('[AUT-6] is not %s', (_why, decision) => {
    expect(mandateFault(decision, wanted, now)).toBeTypeOf('string');
  });
});
