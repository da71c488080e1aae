import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../functions/authority/contract.ts';
import { ConflictSubject } from '../../../functions/conflicts/contract.ts';
import {
  collision,
  contradiction,
  contradicts,
  isBinding,
  sharedScope,
  subjectOf,
} from '../../../functions/conflicts/detection-model.ts';
import { reservationRefused } from '../../../functions/dependencies/contract.ts';
import { sighted } from '../../../functions/conflicts/sightings-model.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { NewTask } from '../../../functions/workload/contract.ts';
import { newTask, revised } from '../../../functions/workload/model.ts';
import { aProposal } from '../../support/proposals.ts';
import { start } from './fixtures.ts';

/** Of a decision, what detection looks at. */
const aDecision = (team: string | undefined, decision: string, more: Record<string, unknown> = {}): Decision => {
  const { domain = 'product', type = 'tactical_approach', at = start, ...rest } = more;
  const proposal = aProposal(String(type)) as { details: object };
  return {
    id: `dec_${team}_${decision}`,
    verdict: 'allowed',
    domain,
    proposed_by: `agt_${team}`,
    principal: { team },
    proposed_at: (at as Date).toISOString(),
    redeemed_at: null,
    outcome: null,
    ...rest,
    proposal: {
      urgency: 'normal',
      classification: 'internal',
      related_tasks: [],
      ...proposal,
      details: { ...proposal.details, decision },
      ...(rest.proposal as object | undefined),
    },
  } as unknown as Decision;
};

const inWork = (id: string, team: string, domain = 'product') => {
  const task = newTask(NewTask.parse({ title: id, topic: 'checkout-api' }), {
    id,
    domain,
    team,
    createdBy: 'orc',
    now: start,
  });
  const holding = { agent: `agt_${team}`, token: 1, claimed_at: start.toISOString() };
  return revised(task, { state: 'claimed', holding }, start);
};

describe('decisions', () => {
  const first = aDecision('a', 'Raise the pool size');

  it('[CNF-1] contradict each other between teams or domains, within a day, when both change something', () => {
    const other = (decision: string, more: Record<string, unknown> = {}) => aDecision('b', decision, more);
    expect(contradicts(first, other('Add a cache'))).toBe(true);
    expect(contradicts(first, other('Add a cache', { domain: 'platform' }))).toBe(true);
    expect(contradicts(first, other(' raise the  POOL size'))).toBe(false);
    expect(contradicts(first, other('Add a cache', { at: addSeconds(start, 86_401) }))).toBe(false);
    expect(contradicts(first, other('Add a cache', { at: addSeconds(start, 86_400) }))).toBe(true);
    expect(contradicts(first, aDecision('a', 'Add a cache'))).toBe(false);
    // What an orchestrator decides stands above its own domain, and beside another one.
    expect(contradicts(first, aDecision(undefined, 'Add a cache'))).toBe(false);
    expect(contradicts(first, aDecision(undefined, 'Add a cache', { domain: 'platform' }))).toBe(true);
  });

  it('[CNF-1] do not bind that were denied or abandoned, come from above the domains, change nothing, or are about a person', () => {
    expect(isBinding(first)).toBe(true);
    const more: Record<string, unknown>[] = [
      { verdict: 'escalated' },
      { outcome: { result: 'abandoned' } },
      { domain: 'enterprise' },
      { type: 'tool_selection' },
      { type: 'policy_change' },
      { proposal: { data_subject: 'sub_1' } },
    ];
    for (const one of more) expect(isBinding(aDecision('a', 'Raise', one)), JSON.stringify(one)).toBe(false);
    expect(isBinding(aDecision('a', 'Raise', { outcome: { result: 'succeeded' } }))).toBe(true);
  });

  it('[CNF-1] make one conflict with all that they contradict', () => {
    const others = [
      aDecision('b', 'Add a cache'),
      aDecision('c', 'Do nothing'),
      aDecision('a', 'Raise it twice'),
      first,
    ];
    expect(contradiction(first, others)).toMatchObject({
      type: 'technical',
      subject: 'service/checkout-api',
      parties: [{ team: 'a' }, { team: 'b' }, { team: 'c' }],
    });
    expect(contradiction(first, [first])).toBeUndefined();
  });
});

describe('tasks', () => {
  it('[CNF-1] of one topic are a conflict when two teams work on them, whichever domains they are of', () => {
    const mine = [inWork('T-1', 'a'), inWork('T-2', 'a')];
    expect(sharedScope('checkout-api', mine)).toBeUndefined();
    expect(sharedScope('checkout-api', [...mine, inWork('T-3', 'b', 'platform')])).toMatchObject({
      type: 'scope',
      subject: 'topic/checkout-api',
      related_tasks: ['T-1', 'T-2', 'T-3'],
      parties: [
        { team: 'a', speakers: ['agt_a'] },
        { team: 'b', domain: 'platform' },
      ],
    });
  });
});

describe('a refused reservation', () => {
  const refused = (holders: string[]) =>
    reservationRefused.data.parse({
      resource_id: 'GPU pool',
      domain: 'product',
      team: 'a',
      principal_id: 'agt_a',
      task_id: null,
      from: 'now',
      to: 'then',
      amount: 1,
      refusal_id: 'rfs_1',
      capacity: 1,
      next_free_from: null,
      holders: holders.map((team) => ({
        reservation_id: `rsv_${team}`,
        domain: 'product',
        team,
        principal_id: `agt_${team}`,
        task_id: null,
        from: 'now',
        to: 'then',
        amount: 1,
      })),
      concerns: ['product'],
      later: 'a field of tomorrow',
    });

  it('[CNF-1] is a conflict where another team is in the way', () => {
    expect(collision(refused(['a']), [])).toBeUndefined();
    expect(collision(refused([]), [])).toBeUndefined();
    expect(collision(refused(['a', 'b', 'b']), [])).toMatchObject({
      type: 'priority',
      subject: 'resource/GPU_pool',
      parties: [{ team: 'a' }, { team: 'b', speakers: ['agt_b'] }],
    });
    expect(collision(refused(['b', 'c', 'd', 'e', 'f', 'g', 'h']), [])?.parties).toHaveLength(6);
  });
});

describe('a subject', () => {
  it('[CNF-1] is well formed, whatever a thing is called, and another one for another thing', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 64 }),
        fc.string({ minLength: 1, maxLength: 256 }),
        (kind, id) => {
          const subject = subjectOf(kind, id);
          expect(ConflictSubject.safeParse(subject).success, subject).toBe(true);
          expect(subjectOf(kind, id)).toBe(subject);
        },
      ),
    );
    const long = 'x'.repeat(200);
    expect(subjectOf('service', `${long}a`)).not.toBe(subjectOf('service', `${long}b`));
  });
});

describe('what was seen', () => {
  it('[CNF-1] is kept once each, not beyond its time, and not without end', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ id: fc.nat({ max: 60 }), wait: fc.nat({ max: 5_000 }) })), (all) => {
        let now = start;
        let seen: ReturnType<typeof sighted> | undefined;
        for (const [at, { id, wait }] of all.entries()) {
          now = addSeconds(now, wait);
          seen = sighted(seen, String(id), { now, keep: (one) => one !== '7', seconds: 86_400 });
          expect(seen.version).toBe(at + 1);
          expect(seen.seen.at(-1)?.id).toBe(String(id));
          expect(seen.seen.length).toBeLessThanOrEqual(40);
          expect(new Set(seen.seen.map((one) => one.id)).size).toBe(seen.seen.length);
          const oldest = addSeconds(now, -86_400).toISOString();
          expect(seen.seen.every((one) => one.at >= oldest)).toBe(true);
        }
      }),
    );
  });
});
