import { describe, expect, it } from 'vitest';
import type { Escalation } from '../../../functions/approvals/contract.ts';
import { delegationKeys, type Delegations } from '../../../functions/approvals/delegation-store.ts';
import { livingVotes } from '../../../functions/approvals/living.ts';
import { vote } from '../../../functions/approvals/operations/vote.ts';
import type { Store } from '../../../functions/approvals/store.ts';
import type { Change } from '../../../functions/shared/commit.ts';
import type { Actor } from '../../../functions/shared/principal.ts';
import { anEscalation, byId, DelegationWorld, inDays, start } from './fixtures.ts';

const of = (id: string): Actor => {
  const found = byId.get(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};

type World = { delegations: DelegationWorld; active: Map<string, Actor>; escalation: Escalation };

/** An escalation that takes two approvals, in a world where an orchestrator delegated to an agent. */
function aWorld(): World & { lent: string } {
  const delegations = new DelegationWorld();
  const made = delegations.give(of('orc_a'), { to: 'agt_b', types: ['alpha_type'], expires_at: inDays(3) });
  if (!made) throw new Error('nothing was delegated');
  const terms = { quorum: 2, people_only: false, seconds: 300 };
  return { delegations, active: new Map(byId), escalation: anEscalation({ terms }), lent: made.id };
}

const asked = ({ delegations, active }: World): Delegations =>
  ({
    active: async () => active,
    chain: async (id: string) => ({ links: delegations.chainOf(id), active }),
    delegatorsOf: async () => [],
    homeOf: async () => 'product',
  }) as unknown as Delegations;

/** Casts a vote; what was committed becomes the escalation of the world. */
async function cast(world: World, by: string, delegation_id?: string): Promise<Change> {
  const { escalation } = world;
  const changes: Change[] = [];
  const commit = async (change: Change, next: Escalation) => {
    changes.push(change);
    world.escalation = next;
    return next;
  };
  const deps = { store: { escalation: async () => escalation } as unknown as Store, delegations: asked(world) };
  const lent = delegation_id === undefined ? {} : { delegation_id };
  const body = { vote: 'approve', reason: 'r', request_digest: escalation.request_digest, ...lent };
  const call = { params: { id: escalation.id }, body, actor: of(by), now: start, commit };
  await vote(deps, call as unknown as Parameters<typeof vote>[1]);
  const [change] = changes;
  if (!change) throw new Error('nothing was committed');
  return change;
}

describe('the vote that would make the quorum', () => {
  it('[APR-3] closes the escalation with the approvals that can still be given', async () => {
    const world = aWorld();
    await cast(world, 'agt_b', world.lent);
    await cast(world, 'ent_a');
    expect(world.escalation).toMatchObject({ state: 'approved', approvers: ['agt_b', 'ent_a'] });
  });

  const happenings: [string, (world: ReturnType<typeof aWorld>) => unknown][] = [
    ['whose voter does not act any more', ({ active }) => active.delete('agt_b')],
    ['whose delegator does not act any more', ({ active }) => active.delete('orc_a')],
    ['whose delegator moved away', ({ active }) => active.set('orc_a', { ...of('orc_a'), domain: 'platform' })],
    [
      'whose delegation was revoked',
      ({ delegations }) => {
        delegations.all.splice(
          0,
          1,
          ...delegations.all.slice(0, 1).map((one) => ({ ...one, state: 'revoked' as const })),
        );
      },
    ],
  ];
  it.each(happenings)('[APR-3] does not count an approval %s', async (_, happen) => {
    const world = aWorld();
    await cast(world, 'agt_b', world.lent);
    happen(world);
    const { entries } = await cast(world, 'ent_a');
    expect(world.escalation).toMatchObject({ state: 'open', approvers: [] });
    expect(entries[0]?.summary).toContain('1 of 2');
    await cast(world, 'hum_a');
    expect(world.escalation).toMatchObject({ state: 'approved', approvers: ['ent_a', 'hum_a'] });
  });

  it('[APR-3] depends on each delegation that it was cast with', async () => {
    const world = aWorld();
    const { writes } = await cast(world, 'agt_b', world.lent);
    expect(writes).toContainEqual({ kind: 'check', key: delegationKeys.delegation(world.lent), version: 1 });
    expect((await cast(world, 'ent_a')).writes.filter(({ kind }) => kind === 'check')).toEqual([]);
  });

  it('[APR-3] reads nothing where nobody approved', async () => {
    const never = { active: () => Promise.reject(new Error('read')), chain: () => Promise.reject(new Error('read')) };
    expect(await livingVotes(never, anEscalation(), start)).toEqual(new Set());
  });
});
