import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { opened } from '../../../functions/approvals/model.ts';
import type { ApprovalRequest, Decision } from '../../../functions/authority/contract.ts';
import {
  openDecision,
  personalIn,
  sealJudged,
  sealOutcome,
  underPseudonym,
} from '../../../functions/authority/personal.ts';
import type { DataSubjects } from '../../../functions/shared/data-subjects.ts';
import {
  erasedText,
  openText,
  sealText,
  type SubjectKey,
  unreadableText,
} from '../../../functions/shared/sealed-text.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';
import { noSubjects } from '../audit/fixtures.ts';

const now = new Date('2026-11-22T09:00:00.000Z');
const moment = { now, trace: continueTrace(undefined) };
const details = { context: 'Moved', options_considered: ['Write', 'Call'], decision: 'Write', reasoning: 'Cheaper' };

/** Keys in memory, one for each id; `destroy` erases. */
function aKeyring() {
  const keys = new Map<string, SubjectKey>();
  const keyOf = (id: string): SubjectKey => {
    const pseudonym = id.startsWith('sub_')
      ? id
      : `sub_${Buffer.from(id.padEnd(16, '.')).toString('hex').slice(0, 32)}`;
    const key = keys.get(pseudonym) ?? { pseudonym, generation: 1, bytes: randomBytes(32) };
    keys.set(pseudonym, key);
    return key;
  };
  const held = (asked: readonly string[], pseudonym: string) =>
    asked.includes(pseudonym) ? (keys.get(pseudonym)?.bytes ?? 'destroyed') : 'lost';
  const subjects: Pick<DataSubjects, 'sealer' | 'opener'> = {
    sealer: async (id) => {
      const key = keyOf(id);
      const guard = { kind: 'check' as const, key: { pk: `subjects#${key.pseudonym}`, sk: 'key' }, version: 1 };
      return {
        pseudonym: key.pseudonym,
        guard,
        seal: (record) => (text, field) => sealText(text, key, { record, field }),
      };
    },
    opener: async (asked) => (record) => (text, field) =>
      openText(
        text,
        { record, field },
        (pseudonym) => held(asked, pseudonym),
        () => undefined,
      ),
  };
  return { subjects, destroy: (pseudonym = '') => keys.delete(pseudonym) };
}

const aDecision = (over: Partial<Decision['proposal']> = {}, outcome: Decision['outcome'] = null): Decision =>
  ({
    id: 'dec_1',
    version: 1,
    proposed_at: now.toISOString(),
    policies: { version: 1 },
    proposal: { type: 'scope_change', summary: 'Jane Doe moved', details, classification: 'internal', ...over },
    outcome,
  }) as unknown as Decision;
const anOutcome = (over: object = {}): NonNullable<Decision['outcome']> => ({
  result: 'succeeded',
  summary: 'Jane Doe answered',
  recorded_at: now.toISOString(),
  entry_id: '01a2052e-8c7a-7169-8742-b4ce33e094d4',
  ...over,
});
const judged = (data_subject?: string): Decision => aDecision(data_subject === undefined ? {} : { data_subject });

describe('what is about nobody', () => {
  it('[AUD-7] is stored and read as it is, and asks nothing about data subjects', async () => {
    const never = { ...noSubjects, sealer: () => Promise.reject(new Error('nobody is named')) };
    const given = judged();
    const stored = await sealJudged(never, given, moment);
    expect(stored).toEqual({ decision: given, guards: [], presented: given.proposal });
    const done = aDecision({}, anOutcome());
    expect(await sealOutcome(never, done, moment)).toEqual({ decision: done, guards: [] });
    expect(await openDecision(never, done)).toBe(done);
    expect(personalIn(done)).toBeUndefined();
  });

  it('[AUD-7] is left alone where it looks sealed: an agent cannot have itself read what it copied', async () => {
    const { subjects } = aKeyring();
    const { decision } = await sealJudged(subjects, judged('jane'), moment);
    const copy = aDecision({ summary: decision.proposal.summary });
    expect((await openDecision(subjects, copy)).proposal.summary).toBe(decision.proposal.summary);
  });
});

describe('a decision about a person', () => {
  it('[AUD-7] has no text in the clear when it is stored, its own again when it is read, erased without the key', async () => {
    const { subjects, destroy } = aKeyring();
    const given = judged('jane');
    const { decision, guards, presented } = await sealJudged(subjects, given, moment);
    const pseudonym = decision.proposal.data_subject;
    expect(presented).toEqual({ ...given.proposal, data_subject: pseudonym });
    expect(guards).toEqual([expect.objectContaining({ kind: 'check' })]);
    for (const text of ['jane', 'Jane', 'Moved', 'Write', 'Call', 'Cheaper']) {
      expect(JSON.stringify(decision)).not.toContain(text);
    }
    expect(personalIn(decision)).toEqual({ record: 'dec_1', subjects: [pseudonym] });
    expect((await openDecision(subjects, decision)).proposal).toEqual(presented);
    destroy(pseudonym);
    expect((await openDecision(subjects, decision)).proposal.summary).toBe(erasedText);
  });

  it('[AUD-7] cannot be read through another: a text that is copied into one is unreadable there', async () => {
    const { subjects } = aKeyring();
    const { decision } = await sealJudged(subjects, judged('jane'), moment);
    const elsewhere = { ...decision, id: 'dec_2' };
    expect((await openDecision(subjects, elsewhere)).proposal.summary).toBe(unreadableText);
    const { proposal } = decision;
    const swapped = { ...proposal, details: { ...proposal.details, context: proposal.details.decision } };
    expect((await openDecision(subjects, { ...decision, proposal: swapped })).proposal.details).toEqual({
      ...details,
      context: unreadableText,
    });
  });

  it('[AUD-7] has an outcome of the same person, or of the one that it names; each dies with its own key', async () => {
    const { subjects, destroy } = aKeyring();
    const { decision } = await sealJudged(subjects, judged('jane'), moment);
    const pseudonym = decision.proposal.data_subject;
    const same = await sealOutcome(subjects, { ...decision, outcome: anOutcome() }, moment);
    expect(same.decision.outcome?.data_subject).toBe(pseudonym);
    const joe = await sealOutcome(subjects, { ...decision, outcome: anOutcome({ data_subject: 'joe' }) }, moment);
    expect(personalIn(joe.decision)?.subjects).toEqual([pseudonym, joe.decision.outcome?.data_subject]);
    for (const { decision: stored, guards } of [same, joe]) {
      expect(guards).toHaveLength(1);
      expect(JSON.stringify(stored.outcome)).not.toContain('Jane');
      expect((await openDecision(subjects, stored)).outcome?.summary).toBe('Jane Doe answered');
    }
    destroy(joe.decision.outcome?.data_subject);
    const read = await openDecision(subjects, joe.decision);
    expect([read.proposal.summary, read.outcome?.summary]).toEqual(['Jane Doe moved', erasedText]);
  });

  it('[APR-2] [AUD-7] has one digest, presented with the id or as it is read, and the id is not in it', async () => {
    const { subjects } = aKeyring();
    const { presented } = await sealJudged(subjects, judged('jane'), moment);
    const pseudonym = presented.data_subject ?? '';
    const named = { pseudonymOf: async (id: string) => (id === 'jane' || id === pseudonym ? pseudonym : 'sub_other') };
    const again = (data_subject: string) => underPseudonym(named, judged(data_subject).proposal);
    expect(await again('jane')).toEqual(presented);
    expect(await again(pseudonym)).toEqual(presented);
    expect(await again('joe')).not.toEqual(presented);
    expect(await underPseudonym(named, judged().proposal)).toEqual(judged().proposal);
  });

  it('[AUD-7] has an escalation without any of its texts, sealed or not', async () => {
    const { subjects } = aKeyring();
    const { decision } = await sealJudged(subjects, judged('jane'), moment);
    const request = { ...decision, escalation_id: 'esc_1', deciding_level: 'domain' } as ApprovalRequest['decision'];
    const terms = { quorum: 1, people_only: false, seconds: 60 };
    const asked = { targetDomain: 'product', digest: 'sha256:0', terms, person: null, chain: [] };
    const { summary } = opened({ decision: request, ...asked });
    expect(summary).toBe(`A \`${decision.proposal.type}\` about a natural person`);
  });
});
