import { describe, expect, it } from 'vitest';
import { keys as decisionKeys, writes as authorityWrites } from '../../../functions/authority/store.ts';
import type { Decision } from '../../../functions/authority/contract.ts';
import { raiseOf } from '../../../functions/limits/change-model.ts';
import type { Quota } from '../../../functions/limits/contract.ts';
import { setLimit } from '../../../functions/limits/operations/set-limit.ts';
import type { Deps } from '../../../functions/limits/ports.ts';
import { aQuota, type LimitsWorld, limitsWorld } from './world.ts';

const now = new Date('2026-11-22T09:41:30.000Z');
const scope = { kind: 'agent', id: 'agt_1' } as const;
const id = 'dec_00000000-0000-7000-8000-000000000001';
const orchestrator = { id: 'orc', kind: 'domain_orchestrator', level: 'domain', domain: 'product', roles: [] };

/** The parts of an allowed decision that make it a mandate for these quotas. */
const mandateFor = (quotas: Quota[], version = 1) =>
  ({
    id,
    version,
    verdict: 'allowed',
    outcome: null,
    outcome_due_at: '2026-11-23T09:41:30.000Z',
    domain: 'product',
    deciding_level: null,
    principal: { level: 'domain' },
    proposal: { type: 'resource_request', resource: { type: 'limit', id: raiseOf(scope, quotas) } },
  }) as unknown as Decision;

/** Asks as its domain orchestrator to set the limit of the agent; `decision` is what is read of the mandate. */
function setting(world: LimitsWorld, quotas: Quota[], version: number, decision?: Decision) {
  const deps: Deps = {
    ...world.ports,
    cursors: undefined as never,
    decision: async () => decision,
    unchanged: authorityWrites.unchanged,
    standing: async () => ({ scope, level: 'agent', domain: 'product' }),
  };
  const body = { quotas, ...(decision ? { decision_id: id } : {}) };
  return setLimit(deps, { params: scope, actor: orchestrator, body, version, now, trace: world.trace } as never);
}

describe('the mandate of a raise', () => {
  const [low, high] = [[aQuota('tokens', 'day', 100)], [aQuota('tokens', 'day', 200)]];

  it('[LIM-3] must still be as it was read when the limit changes', async () => {
    const world = limitsWorld();
    await world.set(scope, low, now);
    const read = mandateFor(high);
    // Given up between the reading of it and the change.
    await stored(world, mandateFor(high, 2));
    await expect(setting(world, high, 1, read)).rejects.toMatchObject({ code: 'VersionConflict' });
    expect((await world.usage(scope, now)).quotas).toMatchObject([{ amount: 100 }, {}]);
    await stored(world, read);
    expect((await setting(world, high, 1, read)).quotas).toMatchObject([{ amount: 200 }]);
  });

  const stored = ({ state, trace }: LimitsWorld, decision: Decision) =>
    state.commit(
      { writes: [{ kind: 'put', key: decisionKeys.decision(id), item: decision }], entries: [] },
      { actor: 'test', now, trace },
    );
});

describe('the same limit once more', () => {
  it('[LIM-3] binds what an earlier request recorded and did not live to bind', async () => {
    const world = limitsWorld();
    await world.set(scope, [aQuota('tokens', 'day', 100)], now);
    await world.record(scope, [aQuota('tokens', 'day', 50)], now);
    const vault = () => world.state.rows.get('limits#agent#agt_1#vault vault');
    expect(vault()).toMatchObject({ bound: 'agent/agt_1@1' });
    const { own } = await world.account(scope);
    const answer = await setting(world, own?.quotas ?? [], 2);
    expect(answer).toMatchObject({ version: 2, quotas: [{ amount: 50 }, {}] });
    expect(vault()).toMatchObject({ edition: 'agent/agt_1@2', bound: 'agent/agt_1@2', tokens_day: { amount: 50 } });
  });
});
