import { onLatest } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { closing, counting } from '../changes.ts';
import type { Escalation, routes } from '../contract.ts';
import { barredBy, covers, effective } from '../delegation-model.ts';
import type { Delegations } from '../delegation-store.ts';
import { decideVote, type Power } from '../model.ts';
import type { Store } from '../store.ts';

type Deps = { store: Store; delegations: Delegations };
type VoteCall = Call<(typeof routes)['vote']>;

/** Counts a vote, and ends the escalation when it is the one that does. */
export const vote = (deps: Deps, call: VoteCall): Promise<Escalation> => onLatest(() => tryToVote(deps, call));

async function tryToVote(deps: Deps, call: VoteCall): Promise<Escalation> {
  const { params, body, now } = call;
  const escalation = await deps.store.escalation(params.id);
  if (!escalation) throw new Problem('NotFound', `There is no escalation ${params.id}.`);
  const [power, delegators, home] = await Promise.all([
    powerOf(deps, call, escalation),
    deps.delegations.delegatorsOf(escalation.requested_by),
    deps.delegations.homeOf(escalation.requested_by),
  ]);
  const entryId = newId(now);
  const decided = decideVote(escalation, body, power, barredBy(delegators, escalation), { now, entryId });
  if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
  const { next } = decided;
  const change = decided.kind === 'closed' ? closing(next, home ?? next.domain, now, entryId) : counting(next);
  return call.commit(change, next);
}

/** The caller's own authority, or that of the delegation that it names, as it stands now. */
async function powerOf({ delegations }: Deps, { actor, body, now }: VoteCall, escalation: Escalation): Promise<Power> {
  const id = body.delegation_id;
  if (id === undefined) return { voter: actor, authority: actor, path: [], persons: [], delegationId: null };
  const chain = await delegations.chain(id);
  const given = chain && effective(chain.links, chain.active, now);
  if (!given || chain.links.at(-1)?.to !== actor.id || !covers(given, escalation)) {
    throw new Problem('DelegationRefused', `${id} gives you no vote on this request now.`);
  }
  const { authority, path, persons } = given;
  return { voter: actor, authority, path, persons, delegationId: id };
}
