import { describe, expect, it } from 'vitest';
import { defaultRows } from '../../../functions/authority/matrix.ts';
import { matrixFaults } from '../../../functions/authority/matrix-model.ts';
import { decideRedemption, type Redemption } from '../../../functions/authority/redemption-model.ts';
import { requestDigest } from '../../../functions/authority/request-digest.ts';
import { type Decision, DecisionProposal } from '../../../functions/authority/contract.ts';
import { aProposal, aToolSelection } from '../../support/proposals.ts';

const now = new Date('2026-11-01T09:00:00.000Z');
const digest = `sha256:${'a'.repeat(64)}`;
const decision = {
  id: 'dec_1',
  version: 1,
  verdict: 'escalated',
  reasons: [],
  redeemed_at: null,
  proposal: {},
  proposed_by: 'agt_1',
  matrix: { version: 3, row: 'r' },
  policies: { version: 7 },
} as unknown as Decision;
const policies = {
  effect: 'escalate',
  determining: ['p'],
  advice: [],
  errors: [],
  version: 7,
  enforced: true,
} as const;
const found = {
  effect: 'escalate',
  row: undefined,
  decidingLevel: 'domain',
  reason: { source: 'matrix', code: 'AboveOwnLevel', detail: 'd' },
} as const;
const granted = {
  state: 'approved',
  reason: 'r',
  expires_at: '2026-11-01T10:00:00.000Z',
  digest,
  approvers: ['x'],
} as const;
const given: Redemption = {
  decision,
  granted,
  by: 'agt_1',
  digest,
  matrixVersion: 3,
  found,
  policies: { ...policies, determining: ['p'], advice: [], errors: [] },
  now,
  entryId: 'e',
  outcomeDueHours: 24,
};

describe('a redemption', () => {
  it('[APR-2] answers the escalation of matrix and policies', () => {
    expect(decideRedemption(given)).toMatchObject({ kind: 'redeem', next: { verdict: 'allowed', version: 2 } });
  });

  it('[APR-2] [AUD-7] names who approved and why, but not why where it is about a person', () => {
    const last = (about: Redemption) => {
      const decided = decideRedemption(about);
      return decided.kind === 'redeem' ? decided.next.reasons.at(-1)?.detail : decided.why;
    };
    expect(last(given)).toBe('Approved by x: r');
    const about = { ...decision, proposal: { ...decision.proposal, data_subject: 'sub_1' } };
    expect(last({ ...given, decision: about })).toBe('Approved by x.');
  });

  it('[APR-2] [POL-5] is not stopped by what the policies say while they are only observed', () => {
    const observed = { ...given.policies, effect: 'deny', enforced: false } as const;
    expect(decideRedemption({ ...given, policies: observed })).toMatchObject({ kind: 'redeem' });
  });

  it.each([
    ['by another', { by: 'agt_2' }, 'NotTheDecider'],
    ['a second time', { decision: { ...decision, verdict: 'allowed', redeemed_at: 'x' } }, 'AlreadyRedeemed'],
    ['of what was allowed anyway', { decision: { ...decision, verdict: 'allowed' } }, 'ApprovalMissing'],
    ['of what timed out', { granted: { ...granted, state: 'timed_out' } }, 'ApprovalMissing'],
    ['at its end', { now: new Date(granted.expires_at) }, 'ApprovalExpired'],
    ['of another request', { digest: `${digest.slice(0, -1)}b` }, 'ApprovalMismatch'],
    ['under other policies', { policies: { ...policies, version: 8 } }, 'ApprovalStale'],
    ['without policies', { policies: { ...policies, version: 0, errors: ['none'] } }, 'ApprovalOverruled'],
    [
      'while policies that cannot be evaluated are only observed',
      { policies: { ...policies, errors: ['e'], enforced: false } },
      'ApprovalOverruled',
    ],
    ['under another matrix', { matrixVersion: 4 }, 'ApprovalStale'],
    ['against the policies', { policies: { ...given.policies, effect: 'deny' } }, 'ApprovalOverruled'],
    ['against the matrix', { found: { ...found, effect: 'deny' } }, 'ApprovalOverruled'],
  ])('[APR-2] %s is refused', (_, changed, why) => {
    expect(decideRedemption({ ...given, ...changed } as Redemption)).toMatchObject({ kind: 'refuse', why });
  });
});

describe('the digest of a request', () => {
  const asker = { id: 'agt_1', domain: 'product' };
  const parsed = (value: unknown) => DecisionProposal.parse(value);

  it('[APR-2] changes with whatever is changed, and with nothing else', () => {
    const base = aToolSelection('git');
    const same = requestDigest(parsed(base), asker, 1);
    expect(requestDigest(parsed(Object.fromEntries(Object.entries(base).toReversed())), asker, 1)).toBe(same);
    const others = [
      requestDigest(parsed(base), { ...asker, id: 'agt_2' }, 1),
      requestDigest(parsed(base), { ...asker, domain: 'platform' }, 1),
      requestDigest(parsed(base), asker, 2),
      requestDigest(parsed(aToolSelection('gut')), asker, 1),
      requestDigest(parsed({ ...base, urgency: 'high' }), asker, 1),
      requestDigest(parsed(aProposal('tool_selection')), asker, 1),
    ];
    expect(new Set([same, ...others]).size).toBe(others.length + 1);
  });
});

describe('the rows of a matrix', () => {
  it('[AUT-6] are refused when a type is there twice, or what governs would take one person', () => {
    expect(matrixFaults(defaultRows)).toEqual([]);
    const [first] = defaultRows;
    const pointers = (rows: typeof defaultRows) => matrixFaults(rows).map(({ pointer }) => pointer);
    expect(pointers([...defaultRows, ...(first ? [first] : [])])).toEqual([
      `/body/rows/${defaultRows.length}/id`,
      `/body/rows/${defaultRows.length}/type`,
    ]);
    expect(pointers(defaultRows.filter(({ type }) => type !== 'matrix_change'))).toEqual(['/body/rows']);
    const alone = defaultRows.map(({ people, ...row }) =>
      row.type === 'policy_change' || !people ? row : { ...row, people },
    );
    expect(pointers(alone)).toEqual([expect.stringMatching(/^\/body\/rows\/\d+\/people$/)]);
  });
});
