import { describe, expect, it } from 'vitest';
import { DecisionProposal, type Matrix } from '../../../functions/authority/contract.ts';
import { defaultRows } from '../../../functions/authority/matrix.ts';
import { decideOutcome, type Given, judge, missOutcome } from '../../../functions/authority/model.ts';
import type { PolicyVerdict } from '../../../functions/policies/contract.ts';
import { aProposal } from '../../support/proposals.ts';

const now = new Date('2026-11-01T09:00:00.000Z');
const matrix: Matrix = { version: 3, rows: [...defaultRows], changed_at: now.toISOString() };
const actor = {
  id: 'agt_1',
  name: 'One',
  kind: 'agent',
  level: 'agent',
  domain: 'product',
  team: 'checkout',
  credential: 'client#client',
  roles: [],
  approved_tools: ['git'],
} as const;
const policies = (effect: PolicyVerdict['effect']): PolicyVerdict => ({
  effect,
  determining: ['p1'],
  advice: [],
  errors: [],
  version: 7,
  enforced: true,
});
const given = (type: string, effect: PolicyVerdict['effect']): Given => ({
  id: 'dec_1',
  entryId: 'entry',
  escalationId: 'esc_1',
  proposal: DecisionProposal.parse(aProposal(type)),
  actor,
  matrix,
  policies: policies(effect),
  now,
  outcomeDueHours: 24,
});
const verdictOf = (type: string, effect: PolicyVerdict['effect']) => {
  const judged = judge(given(type, effect));
  if (judged.kind !== 'judged') throw new Error(judged.why);
  return judged;
};

describe('a verdict', () => {
  const table: [string, PolicyVerdict['effect'], string][] = [
    ['implementation_detail', 'allow', 'allowed'],
    ['implementation_detail', 'escalate', 'escalated'],
    ['implementation_detail', 'deny', 'denied'],
    ['scope_change', 'allow', 'escalated'],
    ['scope_change', 'escalate', 'escalated'],
    ['scope_change', 'deny', 'denied'],
    ['not_registered', 'allow', 'denied'],
    ['not_registered', 'escalate', 'denied'],
    ['not_registered', 'deny', 'denied'],
  ];
  it.each(table)('[AUT-2] of %s, where the policies say %s, is %s', (type, effect, verdict) => {
    const { decision } = verdictOf(type, effect);
    expect(decision.verdict).toBe(verdict);
    expect(decision.escalation_id !== null).toBe(verdict === 'escalated');
    expect(decision.approval?.state).toBe(verdict === 'escalated' ? 'open' : undefined);
    expect(decision.outcome_due_at !== null).toBe(verdict === 'allowed');
    expect(decision.reasons.map(({ source }) => source)).toEqual(['matrix', 'policies']);
  });

  it('[AUT-2] that a policy takes further lands one level above the proposer', () => {
    expect(verdictOf('implementation_detail', 'escalate').decision.deciding_level).toBe('domain');
  });

  it('[AUT-2] that takes several approvals is asked of its level, and one further up where a policy says so', () => {
    const approval = { quorum: 2, seconds: { low: 4, normal: 3, high: 2, critical: 1 } };
    const several = { ...matrix, rows: matrix.rows.map((row) => ({ ...row, approval })) };
    const levelBy = (effect: PolicyVerdict['effect']) =>
      judge({ ...given('implementation_detail', effect), matrix: several });
    expect(levelBy('allow')).toMatchObject({ decision: { verdict: 'escalated', deciding_level: 'agent' } });
    expect(levelBy('escalate')).toMatchObject({ decision: { verdict: 'escalated', deciding_level: 'domain' } });
  });

  it('[AUD-3] keeps the longer of the two retention classes', () => {
    const raised = judge({ ...given('implementation_detail', 'allow'), proposal: parsed('compliance') });
    expect(raised).toMatchObject({ kind: 'judged', decision: { retention: 'compliance' } });
    const lowered = judge({
      ...given('scope_change', 'allow'),
      proposal: { ...parsed('standard'), type: 'scope_change' },
    });
    expect(lowered).toMatchObject({ kind: 'refuse', why: 'RetentionLowered' });
  });
  const parsed = (retention: string) => DecisionProposal.parse(aProposal('implementation_detail', { retention }));
});

describe('an outcome', () => {
  const { decision } = verdictOf('implementation_detail', 'allow');
  const later = new Date('2026-11-02T09:00:00.000Z');

  it('[AUT-4] is missed from the moment that it is due, once', () => {
    expect(missOutcome(decision, new Date(later.getTime() - 1))).toBeUndefined();
    const missed = missOutcome(decision, later);
    expect(missed).toMatchObject({ outcome_overdue: true, version: 2 });
    expect(missed && missOutcome(missed, later)).toBeUndefined();
  });

  it('[AUT-4] may still be recorded when it is late', () => {
    const missed = missOutcome(decision, later) ?? decision;
    const recorded = decideOutcome(missed, actor, { result: 'failed', summary: 'x' }, { at: later, entryId: 'e' });
    expect(recorded).toMatchObject({ kind: 'record', next: { version: 3, outcome: { result: 'failed' } } });
  });
});
