import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideBreakGlass, decideReview, overdue } from '../../../functions/approvals/break-glass-model.ts';
import { clockState } from '../../../functions/approvals/clock-model.ts';
import type { BreakGlass, Escalation } from '../../../functions/approvals/contract.ts';
import {
  afterDeadline,
  approvals,
  type Barred,
  decideVote,
  type Power,
  reminded,
} from '../../../functions/approvals/model.ts';
import { Step } from '../../../functions/approvals/workflow-contract.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { type Actor, personOf } from '../../../functions/shared/principal.ts';
import { actor, anEscalation, byId, start } from './fixtures.ts';

const of = (id: string): Actor => byId.get(id) ?? actor(id, 'agent');
const barring = (...ids: string[]): Barred => ({
  ids: new Set(ids),
  persons: new Set(ids.flatMap((id) => personOf(of(id)) ?? [])),
});
const nobody = barring();
const all = ({ votes }: Escalation): ReadonlySet<string> => new Set(votes.map(({ entry_id }) => entry_id));

function voted(
  escalation: Escalation,
  id: string,
  barred = nobody,
  more: Partial<Power> = {},
  alive = all(escalation),
) {
  const ballot = { vote: 'approve' as const, reason: 'r', request_digest: escalation.request_digest };
  const power = { voter: of(id), authority: of(id), path: [], persons: [], delegationId: null, ...more };
  return decideVote(escalation, ballot, power, barred, { now: start, entryId: 'new', alive });
}

const two = { quorum: 2, people_only: false, seconds: 300 };

describe('votes', () => {
  it.each(['agt_c', 'orc_b'])('[APR-3] of another domain do not count: %s', (id) => {
    for (const deciding_level of ['agent', 'domain'] as const) {
      expect(voted(anEscalation({ deciding_level }), id)).toMatchObject({ kind: 'refuse', why: 'NotThisLevel' });
    }
  });

  it('[APR-3] of a level that was passed no longer count', () => {
    const first = voted(anEscalation({ terms: two }), 'orc_a');
    if (first.kind !== 'counted') throw new Error('the vote is not counted');
    const higher = afterDeadline(first.next, 0, start);
    if (!higher) throw new Error('the level is not passed');
    expect(approvals(higher, nobody, all(higher))).toEqual([]);
    expect(voted(higher, 'ent_a')).toMatchObject({ kind: 'counted', next: { state: 'open' } });
  });

  it('[APR-3] of one that delegates to the requester afterwards no longer count', () => {
    const first = voted(anEscalation({ terms: two }), 'orc_a');
    if (first.kind !== 'counted') throw new Error('the vote is not counted');
    expect(voted(first.next, 'ent_a')).toMatchObject({ kind: 'closed', next: { state: 'approved' } });
    expect(voted(first.next, 'ent_a', barring('orc_a'))).toMatchObject({ kind: 'counted' });
  });
});

describe('a person who delegated', () => {
  const board = anEscalation({ terms: two });
  const by = { authority: of('hum_c'), path: ['hum_c'], persons: [personOf(of('hum_c')) ?? ''], delegationId: 'dlg_1' };

  it('[APR-3] to the requester does not approve under another name, directly or by delegation', () => {
    const barred = barring('hum_c');
    expect(voted(board, 'hum_double')).toMatchObject({ kind: 'counted' });
    expect(voted(board, 'hum_double', barred)).toMatchObject({ kind: 'refuse', why: 'OwnRequest' });
    const double = { ...by, authority: of('hum_double'), path: ['hum_double'] };
    expect(voted(board, 'ent_a', barred, double)).toMatchObject({ kind: 'refuse', why: 'OwnRequest' });
    const mine = anEscalation({ requested_by: 'hum_double', person: personOf(of('hum_double')) });
    expect(voted(mine, 'ent_a', nobody, by)).toMatchObject({ kind: 'refuse', why: 'OwnRequest' });
  });

  it('[APR-3] its vote does not vote once more under another name', () => {
    const first = voted(board, 'ent_a', nobody, by);
    if (first.kind !== 'counted') throw new Error('the vote is not counted');
    expect(voted(first.next, 'hum_double')).toMatchObject({ kind: 'refuse', why: 'AlreadyVoted' });
    expect(approvals(first.next, barring('hum_double'), all(first.next))).toEqual([]);
    expect(voted(first.next, 'hum_a')).toMatchObject({ kind: 'closed' });
  });

  it('[APR-3] needs break-glass under another name as well', () => {
    const one = anEscalation();
    const wanted = { escalation_id: one.id, request_digest: one.request_digest, reason: 'r', minutes: 9 };
    const used = (barred: Barred) =>
      decideBreakGlass({
        id: 'bgl_1',
        escalation: one,
        by: of('hum_double'),
        wanted,
        barred,
        alive: all(one),
        open: [],
        now: start,
      });
    expect(used(nobody)).toMatchObject({ why: 'BreakGlassNotNeeded' });
    expect(used(barring('hum_c'))).toMatchObject({ kind: 'approve' });
  });
});

describe('the clock', () => {
  it('[APR-1] acts on its own round of an open escalation only', () => {
    const open = anEscalation();
    const closed = anEscalation({ state: 'approved' });
    for (const round of [1, 2])
      expect([reminded(open, round), afterDeadline(open, round, start)]).toEqual([undefined, undefined]);
    expect([reminded(closed, 0), afterDeadline(closed, 0, start)]).toEqual([undefined, undefined]);
    expect(reminded(anEscalation({ reminded: true }), 0)).toBeUndefined();
  });

  it('[APR-1] gives a workflow whole seconds, the reminder before the deadline, however late it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 10_000 }), fc.integer({ min: 0, max: 5_000 }), (ends, half) => {
        const [level_deadline, reminder_at] = [addSeconds(start, ends), addSeconds(start, ends - half / 10)].map((at) =>
          at.toISOString(),
        );
        const state = clockState(
          anEscalation({ level_deadline: level_deadline ?? '', reminder_at: reminder_at ?? '' }),
          start,
        );
        expect(Number.isInteger(state.until_deadline) && Number.isInteger(state.until_reminder)).toBe(true);
        expect(state.until_reminder).toBeGreaterThanOrEqual(1);
        expect(state.until_deadline).toBeGreaterThan(state.until_reminder);
      }),
    );
  });

  it('[APR-1] is asked for by the state machine as its steps take it', () => {
    const file = new URL('../../../statemachines/escalation.asl.json', import.meta.url);
    type State = { Type: string; Arguments?: { Payload: Record<string, string> } };
    const { States } = JSON.parse(readFileSync(file, 'utf8')) as { States: Record<string, State> };
    const payloads = Object.values(States).flatMap((state) => (state.Arguments ? [state.Arguments.Payload] : []));
    const shapes = new Map(
      Step.options.map((option) => [String([...option.shape.step.values][0]), Object.keys(option.shape)]),
    );
    expect(new Set(payloads.map(({ step }) => step))).toEqual(new Set(shapes.keys()));
    for (const payload of payloads)
      expect(Object.keys(payload).toSorted()).toEqual(shapes.get(payload.step ?? '')?.toSorted());
  });
});

describe('break-glass', () => {
  const operator = actor('hum_op', 'board', 'enterprise', ['operator']);
  const use = (given: { escalation?: Escalation; by?: Actor; open?: BreakGlass[]; now?: Date } = {}) => {
    const { escalation = anEscalation(), by = operator, open = [], now = start } = given;
    const wanted = { escalation_id: escalation.id, request_digest: escalation.request_digest, reason: 'r', minutes: 9 };
    return decideBreakGlass({ id: 'bgl_1', escalation, by, wanted, barred: nobody, alive: all(escalation), open, now });
  };
  const reviewOf = (): BreakGlass => {
    const used = use();
    if (used.kind !== 'approve') throw new Error(used.why);
    return used.review;
  };

  it('[APR-3] is for those whose vote is not enough, and for nothing that takes people', () => {
    expect(use()).toMatchObject({ kind: 'approve', next: { state: 'approved' }, review: { state: 'open' } });
    expect(use({ by: of('hum_a') })).toMatchObject({ why: 'BreakGlassNotNeeded' });
    expect(use({ by: of('hum_a'), escalation: anEscalation({ terms: two }) })).toMatchObject({ kind: 'approve' });
    expect(use({ by: of('hum_a'), escalation: anEscalation({ requested_by: 'hum_a' }) })).toMatchObject({
      kind: 'approve',
    });
    expect(use({ by: of('hum_auditor') })).toMatchObject({ why: 'RoleMissing' });
    const people = { ...two, people_only: true };
    expect(use({ escalation: anEscalation({ terms: people }) })).toMatchObject({ why: 'BreakGlassRefused' });
    expect(use({ escalation: anEscalation({ state: 'rejected' }) })).toMatchObject({ why: 'EscalationClosed' });
  });

  it('[APR-3] is refused while an earlier review is overdue', () => {
    const review = reviewOf();
    const due = new Date(review.review_due_at);
    expect(use({ open: [review], now: addSeconds(due, -1) })).toMatchObject({ kind: 'approve' });
    expect(use({ open: [review], now: due })).toMatchObject({ why: 'ReviewOpen' });
    expect(overdue(review, addSeconds(due, -1))).toBeUndefined();
    const told = overdue(review, due);
    expect(told).toMatchObject({ notices: 1, version: 2 });
    expect(told && overdue(told, addSeconds(due, 86_399))).toBeUndefined();
  });

  it('[APR-3] is not reviewed by whoever asked, under another name', () => {
    const asked = anEscalation({ requested_by: 'hum_c', person: personOf(of('hum_c')) });
    const used = use({ escalation: asked });
    if (used.kind !== 'approve') throw new Error(used.why);
    const closure = { finding: 'f', verdict: 'justified' as const };
    expect(decideReview(used.review, of('hum_double'), closure, start)).toMatchObject({ why: 'OwnReview' });
    expect(decideReview(used.review, of('hum_a'), closure, start)).toMatchObject({ kind: 'close' });
  });

  it('[APR-3] is not reviewed by whoever used it, under whatever name, nor by whoever asked', () => {
    const review = reviewOf();
    const closure = { finding: 'f', verdict: 'justified' as const };
    const double = { ...of('hum_a'), credential: operator.credential };
    for (const by of [operator, double, { ...of('hum_a'), id: review.requested_by }]) {
      expect(decideReview(review, by, closure, start)).toMatchObject({ why: 'OwnReview' });
    }
    expect(decideReview(review, of('hum_auditor'), closure, start)).toMatchObject({ kind: 'close' });
  });
});
