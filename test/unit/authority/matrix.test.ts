import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Matrix, MatrixRow } from '../../../functions/authority/contract.ts';
import { consultMatrix, decidingLevel, defaultRows } from '../../../functions/authority/matrix.ts';
import { type Level, levels } from '../../../functions/shared/contract.ts';

const domains = ['product', 'platform', 'operations'];
const kindOf = {
  agent: 'agent',
  domain: 'domain_orchestrator',
  enterprise: 'enterprise_orchestrator',
  board: 'human',
} as const;

const row = fc.record({
  type: fc.stringMatching(/^[a-z]{3,6}$/),
  level: fc.constantFrom<Level>(...levels),
  rule: fc.constantFrom<MatrixRow['rule']>('decides', 'must_escalate'),
});
const matrix = fc
  .uniqueArray(row, { selector: ({ type }) => type, minLength: 1, maxLength: 12 })
  .map((rows): Matrix => ({
    version: 1,
    changed_at: '2026-11-01T00:00:00.000Z',
    rows: rows.map((one) => ({ ...one, id: `${one.level}/${one.rule}/${one.type}`, retention: 'standard' })),
  }));
const asker = fc
  .record({ level: fc.constantFrom<Level>(...levels), domain: fc.constantFrom(...domains) })
  .map(({ level, domain }) => ({
    level,
    kind: kindOf[level],
    domain: level === 'agent' || level === 'domain' ? domain : 'enterprise',
    roles: level === 'board' ? ['board_member'] : [],
    approved_tools: [],
  }));

const rank = (level: Level): number => levels.indexOf(level);

describe('the authority matrix, whatever its rows', () => {
  it('[AUT-1] allows nobody a type that a higher level decides', () => {
    fc.assert(
      fc.property(matrix, asker, fc.constantFrom(...domains), (rows, who, targetDomain) => {
        for (const one of rows.rows) {
          const found = consultMatrix(rows, who, { type: one.type, targetDomain, tool: undefined });
          if (found.effect === 'allow') expect(rank(who.level)).toBeGreaterThanOrEqual(rank(decidingLevel(one)));
          if (found.effect === 'escalate') expect(rank(who.level)).toBeLessThan(rank(decidingLevel(one)));
        }
      }),
    );
  });

  it('[AUT-6] lets nobody, at no level, decide alone what takes two people', () => {
    fc.assert(
      fc.property(matrix, asker, (rows, who) => {
        const shared = { ...rows, rows: rows.rows.map((one) => ({ ...one, people: 2 })) };
        for (const { type } of shared.rows) {
          const found = consultMatrix(shared, who, { type, targetDomain: who.domain, tool: undefined });
          expect(found.effect).toBe('escalate');
        }
      }),
    );
  });

  it('[AUT-6] lets nobody, at no level, skip the approvals that a row asks for', () => {
    const approval = { quorum: 2, seconds: { low: 4, normal: 3, high: 2, critical: 1 } };
    fc.assert(
      fc.property(matrix, asker, (rows, who) => {
        const several = { ...rows, rows: rows.rows.map((one) => ({ ...one, approval })) };
        for (const one of several.rows) {
          const found = consultMatrix(several, who, { type: one.type, targetDomain: who.domain, tool: undefined });
          expect(found.effect).toBe('escalate');
          const level = found.decidingLevel ?? 'agent';
          expect(rank(level)).toBe(Math.max(rank(decidingLevel(one)), rank(who.level)));
          const stands = rank(who.level) >= rank(decidingLevel(one));
          expect(found.reason.code).toBe(stands ? 'NeedsQuorum' : 'AboveOwnLevel');
        }
      }),
    );
  });

  it('[AUT-1] never lets an agent or a domain act outside its domain', () => {
    fc.assert(
      fc.property(matrix, asker, fc.constantFrom(...domains), (rows, who, targetDomain) => {
        fc.pre(rank(who.level) <= 1 && targetDomain !== who.domain);
        for (const one of rows.rows) {
          expect(consultMatrix(rows, who, { type: one.type, targetDomain, tool: undefined }).effect).toBe('deny');
        }
      }),
    );
  });

  it('[AUT-1] denies every type without a row, and everything without a matrix', () => {
    fc.assert(
      fc.property(matrix, asker, fc.stringMatching(/^[a-z]{7,9}$/), (rows, who, type) => {
        for (const one of [rows, undefined]) {
          const found = consultMatrix(one, who, { type, targetDomain: who.domain, tool: undefined });
          expect(found).toMatchObject({ effect: 'deny', decidingLevel: null, reason: { code: 'UnregisteredType' } });
          expect(found.reason.detail).toContain(type);
        }
      }),
    );
  });
});

describe('the default matrix', () => {
  it('[AUT-1] escalates what a level must escalate to the next one', () => {
    for (const one of defaultRows.filter(({ rule }) => rule === 'must_escalate')) {
      expect(rank(decidingLevel(one))).toBe(rank(one.level) + 1);
    }
  });

  it('[AUT-1] gives humans without a seat on the board no authority', () => {
    const rows: Matrix = { version: 1, rows: [...defaultRows], changed_at: '2026-11-01T00:00:00.000Z' };
    for (const role of ['auditor', 'on_call', 'operator']) {
      const who = { level: 'board', kind: 'human', domain: 'enterprise', roles: [role], approved_tools: [] } as const;
      for (const { type } of defaultRows) {
        expect(consultMatrix(rows, who, { type, targetDomain: 'product', tool: undefined }).reason.code).toBe(
          'NoMandate',
        );
      }
    }
  });
});
