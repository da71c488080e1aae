import { describe, expect, it } from 'vitest';
import type { Escalation } from '../../../functions/approvals/contract.ts';
import { getEscalation } from '../../../functions/approvals/operations/get-escalation.ts';
import type { Actor } from '../../../functions/shared/principal.ts';
import { anEscalation, byId, DelegationWorld, inDays, start } from './fixtures.ts';

const of = (id: string): Actor => {
  const found = byId.get(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};

/** Whether a reader sees an escalation in a world of delegations. */
async function sees(world: DelegationWorld, escalation: Escalation, reader: string, active = byId): Promise<boolean> {
  const delegations = {
    delegatorsOf: async (to: string) => world.all.filter((one) => one.to === to),
    chain: async (id: string) => ({ links: world.chainOf(id), active }),
  };
  const deps = { store: { escalation: async () => escalation }, delegations };
  return getEscalation(deps, escalation.id, of(reader), start).then(
    () => true,
    () => false,
  );
}

const given = (from: string, wanted: { types?: string[]; max_cost_micro_usd?: number } = {}): DelegationWorld => {
  const world = new DelegationWorld();
  const made = world.give(of(from), { to: 'agt_b', types: ['alpha_type'], expires_at: inDays(3), ...wanted });
  if (!made) throw new Error('nothing was delegated');
  return world;
};

describe('an escalation', () => {
  const escalation = anEscalation({ cost_micro_usd: 10 });

  it('[APR-3] is read by one to whom its deciding level delegated it', async () => {
    expect(await sees(given('orc_a'), escalation, 'agt_b')).toBe(true);
    expect(await sees(new DelegationWorld(), escalation, 'agt_b')).toBe(false);
  });

  it.each([
    ['of another agent, which has no vote on it', given('agt_c')],
    ['of the orchestrator of another domain', given('orc_b')],
    ['of another type', given('orc_a', { types: ['beta_type'] })],
    ['with a ceiling that lies below its cost', given('orc_a', { max_cost_micro_usd: 9 })],
  ])('[APR-3] is not shown for a delegation %s', async (_, world) => {
    expect(await sees(world, escalation, 'agt_b')).toBe(false);
  });

  it('[APR-3] is not shown when the delegator does not act', async () => {
    const stopped = new Map([...byId].filter(([id]) => id !== 'orc_a'));
    expect(await sees(given('orc_a'), escalation, 'agt_b', stopped)).toBe(false);
  });
});
