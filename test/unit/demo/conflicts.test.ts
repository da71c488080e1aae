import { describe, expect, it } from 'vitest';
import { conflictAccount, type ConflictRecord, type ResolutionRecord } from '../../../bin/demo/account/conflicts.ts';
import type { Entry } from '../../../bin/demo/account/ledger.ts';
import type { Heard } from '../../../bin/demo/messages.ts';

const entry = (sequence: number, decision: string, outcome: string, more: Partial<Entry> = {}): Entry => ({
  id: `entry-${sequence}`,
  timestamp: new Date(Date.UTC(2026, 10, 25, 9, 0, sequence)).toISOString(),
  agent_id: 'agt_1',
  domain: 'product',
  subject: 'conflict/cnf_1',
  sequence,
  summary: `${decision}: Both need it`,
  details: { decision, reasoning: '', outcome },
  ...more,
});

const entries = [
  entry(1, 'identified', 'identified', { summary: 'Identified: Both need it' }),
  entry(2, 'perspective', 'perspectives'),
  entry(3, 'option', 'options'),
  entry(4, 'escalated', 'escalated'),
  entry(5, 'They take turns', 'documented', { summary: 'Settled by authority: Both need it' }),
  entry(1, 'recorded', '', { subject: 'resolution/kno_1', agent_id: 'orc_product' }),
];
const record: ConflictRecord = {
  id: 'cnf_1',
  version: 5,
  step: 'documented',
  perspectives: [{}],
  interests: [],
  options: [{}],
  resolution: { by: 'authority', knowledge_id: 'kno_1' },
};
const known: ResolutionRecord = { id: 'kno_1', by: 'authority', source: { conflict_id: 'cnf_1' } };
const said: Heard = { kind: 'did', subject: 'conflict/cnf_1', decision: 'option', what: '', agent: 'agt_1', at: 0 };

/** What does not add up: rules that are broken, and numbers that differ. */
const found = (...given: Parameters<typeof conflictAccount>): string[] => {
  const { faults, figures } = conflictAccount(...given);
  return [
    ...faults.map(({ rule }) => rule),
    ...figures.filter(({ ledger, state }) => ledger !== state).map(({ name }) => name),
  ];
};

describe('the account of conflicts', () => {
  it('[CNF-3] adds up where state and ledger agree, and says how each ended', () => {
    expect(found(entries, [record], [known], [said])).toEqual([]);
    expect(conflictAccount(entries, [record], [known], []).lines).toEqual([
      {
        id: 'cnf_1',
        summary: 'Both need it',
        step: 'documented',
        raisedBy: 'agt_1',
        escalated: 1,
        settledBy: 'authority',
        seconds: 4,
      },
    ]);
  });

  it('[CNF-3] finds an end without its resolution, a step that was told and not entered, and a number that differs', () => {
    expect(found(entries, [record], [], [])).toContain('a conflict ends with one resolution');
    expect(found(entries, [record], [{ ...known, by: 'agreement' }], [])).toContain(
      'a conflict ends with one resolution',
    );
    expect(found(entries, [record], [known], [said, said])).toContain('told, but not in the ledger');
    expect(found(entries, [{ ...record, options: [{}, {}] }], [known], [])).toEqual(['options proposed']);
    expect(found(entries, [{ ...record, resolution: null }], [known], [])).toEqual(['conflicts settled by authority']);
    expect(found(entries, [], [known], [])).toContain('a conflict is lost');
    expect(found(entries.slice(1), [record], [known], [])).toContain('an entry is missing or doubled');
    expect(found(entries, [{ ...record, step: 'options' }], [known], [])).toContain('ledger and state differ');
  });
});
