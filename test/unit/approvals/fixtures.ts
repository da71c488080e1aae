import fc from 'fast-check';
import type { Delegation, Escalation, NewDelegation } from '../../../functions/approvals/contract.ts';
import { decideDelegation, effective, type Effective } from '../../../functions/approvals/delegation-model.ts';
import { opened, type Voter } from '../../../functions/approvals/model.ts';
import { type Decision, DecisionProposal, type Matrix, type MatrixRow } from '../../../functions/authority/contract.ts';
import { judge } from '../../../functions/authority/model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { type Level, levels } from '../../../functions/shared/contract.ts';
import { type Actor, personOf } from '../../../functions/shared/principal.ts';
import { aProposal } from '../../support/proposals.ts';

export const start = new Date('2026-11-01T09:00:00.000Z');
export const types = ['alpha_type', 'beta_type', 'gamma_type'];
const digest = `sha256:${'a'.repeat(64)}`;

const kindOf = {
  agent: 'agent',
  domain: 'domain_orchestrator',
  enterprise: 'enterprise_orchestrator',
  board: 'human',
} as const;

export const actor = (id: string, level: Level, domain = 'product', roles = ['board_member']): Actor => ({
  id,
  name: id,
  kind: kindOf[level],
  level,
  domain: level === 'agent' || level === 'domain' ? domain : 'enterprise',
  credential: `${id}#${id}`,
  roles: level === 'board' ? roles : [],
  approved_tools: [],
});

/** Everybody there is: a few of every level, so that chance brings them together. */
export const people: readonly Actor[] = [
  actor('agt_a', 'agent'),
  actor('agt_b', 'agent'),
  actor('agt_c', 'agent', 'platform'),
  actor('orc_a', 'domain'),
  actor('orc_b', 'domain', 'platform'),
  actor('ent_a', 'enterprise'),
  actor('hum_a', 'board'),
  actor('hum_b', 'board'),
  actor('hum_c', 'board'),
  // One person under two names.
  { ...actor('hum_double', 'board'), credential: 'hum_c#hum_c' },
  actor('hum_auditor', 'board', 'enterprise', ['auditor']),
];
export const byId = new Map(people.map((one) => [one.id, one]));

const row = (type: string): fc.Arbitrary<MatrixRow> =>
  fc
    .record({
      level: fc.constantFrom<Level>('agent', 'domain', 'enterprise'),
      rule: fc.constantFrom<MatrixRow['rule']>('decides', 'must_escalate'),
      people: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
      quorum: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ level, rule, people: n, quorum }) => ({
      id: `${level}/${rule}/${type}`,
      type,
      level,
      rule,
      retention: 'standard' as const,
      ...(n === undefined ? {} : { people: n }),
      approval: { quorum, seconds: { low: 400, normal: 300, high: 200, critical: 100 } },
    }));

export const matrices: fc.Arbitrary<Matrix> = fc
  .tuple(...types.map(row))
  .map((rows) => ({ version: 1, rows, changed_at: start.toISOString() }));

/** The escalation of a proposal under a matrix; undefined where nothing is escalated. */
export function escalationOf(
  matrix: Matrix | undefined,
  type: string,
  by: Actor,
  chain: readonly string[] = [],
  more: Record<string, unknown> = {},
): Escalation | undefined {
  const judged = judge({
    id: 'dec_1',
    entryId: 'entry',
    escalationId: 'esc_1',
    proposal: DecisionProposal.parse(aProposal(type, more)),
    actor: by,
    matrix,
    policies: { effect: 'allow', determining: ['p'], advice: [], errors: [], version: 1, enforced: true },
    now: start,
    outcomeDueHours: 24,
  });
  if (judged.kind !== 'judged' || judged.decision.verdict !== 'escalated') return undefined;
  const decision = judged.decision as Decision & { escalation_id: string; deciding_level: Level };
  return opened({ decision, targetDomain: by.domain, digest, terms: judged.terms, person: personOf(by), chain });
}

/** An escalation of a scope change, with terms of its own. */
export function anEscalation(given: Partial<Escalation> = {}): Escalation {
  const level = given.deciding_level ?? 'domain';
  const matrix: Matrix = {
    version: 1,
    rows: [{ id: 'r', type: 'alpha_type', level: 'agent', rule: 'must_escalate', retention: 'standard' }],
    changed_at: start.toISOString(),
  };
  const made = escalationOf(matrix, 'alpha_type', byId.get('agt_a') as Actor);
  if (!made) throw new Error('the type is not escalated');
  return { ...made, path: levels.slice(levels.indexOf(level)), ...given };
}

/** A world of delegations that grows by what its rules allow. */
export class DelegationWorld {
  readonly all: Delegation[] = [];
  private made = 0;

  give(from: Voter, wanted: NewDelegation, now = start): Delegation | undefined {
    this.made += 1;
    const chain = wanted.parent === undefined ? [] : this.chainOf(wanted.parent);
    const id = `dlg_${this.made}`;
    const decided = decideDelegation({ id, from, wanted, chain, active: byId, now });
    if (decided.kind === 'refuse') return undefined;
    this.all.push(decided.delegation);
    return decided.delegation;
  }

  chainOf(id: string): Delegation[] {
    const last = this.all.find((one) => one.id === id);
    return last ? [...last.ancestors.flatMap((before) => this.all.filter((one) => one.id === before)), last] : [];
  }

  effectOf(id: string, now = start): Effective | undefined {
    return effective(this.chainOf(id), byId, now);
  }
}

export const inDays = (days: number): string => addSeconds(start, days * 86_400).toISOString();
