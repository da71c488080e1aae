import * as z from 'zod';
import type { Change } from '../../shared/commit.ts';
import { fact, type Page } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import { newIdOf } from '../../shared/ids.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import { type Delegation, delegationGiven, delegationRevoked, type routes } from '../contract.ts';
import { decideDelegation } from '../delegation-model.ts';
import { type Chain, type Delegations, delegationWrites } from '../delegation-store.ts';

type Deps = { delegations: Delegations; cursors: Cursors };
type GiveCall = Call<(typeof routes)['delegate']>;

const Position = z.record(z.string(), z.string());

/** Lets another decide with the caller's authority, or with a part of what was delegated to the caller. */
export async function delegate({ delegations }: Deps, call: GiveCall): Promise<Delegation> {
  const { actor, body, now } = call;
  const chain = await givenBy(delegations, call);
  const decided = decideDelegation({
    id: newIdOf('dlg'),
    from: actor,
    wanted: body,
    chain: chain.links,
    active: chain.active,
    now,
  });
  if (decided.kind === 'refuse') {
    const { why, detail, pointer } = decided;
    throw new Problem(why, detail, { faults: [{ pointer, detail }] });
  }
  return call.commit(giving(decided.delegation, actor), decided.delegation);
}

async function givenBy(delegations: Delegations, { body }: GiveCall): Promise<Chain> {
  if (body.parent === undefined) return { links: [], active: await delegations.active([body.to]) };
  const chain = await delegations.chain(body.parent, [body.to]);
  if (!chain) throw new Problem('DelegationRefused', `There is no delegation ${body.parent}.`);
  return chain;
}

/** Delegations that the caller gave, or those that it has, newest first. */
export async function listDelegations(
  deps: Deps,
  { actor, query }: Call<(typeof routes)['listDelegations']>,
): Promise<Page<Delegation>> {
  const list = ['delegations', query.which, actor.id];
  const after = await deps.cursors.open(query.cursor, list, Position);
  const { delegations, last } = await deps.delegations.list(query.which, actor.id, query.limit, after);
  if (!last) return { items: delegations };
  return { items: delegations, next_cursor: await deps.cursors.seal(last, list) };
}

/** Takes a delegation back, by whoever gave it or stands before it in the chain; what follows from it is dead with it. */
export async function revokeDelegation(
  { delegations }: Deps,
  { actor, params, now, commit }: Call<(typeof routes)['revokeDelegation']>,
): Promise<Delegation> {
  const delegation = await delegations.one(params.id);
  if (!delegation) throw new Problem('NotFound', `There is no delegation ${params.id}.`);
  const isGovernor = actor.kind === 'human' && actor.roles.includes('board_member');
  if (!delegation.path.includes(actor.id) && !isGovernor) {
    throw new Problem('DelegationRefused', `${delegation.from} gave it.`);
  }
  if (delegation.state === 'revoked') throw new Problem('DelegationRevoked', `At ${delegation.revoked_at}.`);
  const next: Delegation = {
    ...delegation,
    version: delegation.version + 1,
    state: 'revoked',
    revoked_at: now.toISOString(),
  };
  const change = {
    writes: delegationWrites.replace(next),
    entries: [entryOf(next, `Revoked by ${actor.id}`, fact(delegationRevoked, common(next)))],
  };
  return commit(change, next);
}

const giving = (delegation: Delegation, { id }: Actor): Change => ({
  writes: delegationWrites.create(delegation),
  entries: [
    entryOf(
      delegation,
      `${id} delegates ${delegation.types.join(', ')} to ${delegation.to} until ${delegation.expires_at}`,
      fact(delegationGiven, {
        ...common(delegation),
        types: delegation.types,
        expires_at: delegation.expires_at,
      }),
    ),
  ],
});

const common = ({ id, from, to, domain }: Delegation) => ({ delegation_id: id, from, to, concerns: [domain] });

const entryOf = (delegation: Delegation, summary: string, event: ReturnType<typeof fact>) => ({
  action_type: 'decision' as const,
  domain: delegation.domain,
  subject: `delegation/${delegation.id}`,
  sequence: delegation.version,
  summary,
  retention: 'significant' as const,
  event,
});
