import { onLatest } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import type { Write } from '../../shared/dynamo.ts';
import { closing, counting } from '../changes.ts';
import type { Escalation, routes } from '../contract.ts';
import { barredBy, covers, effective } from '../delegation-model.ts';
import { type Delegations, delegationWrites } from '../delegation-store.ts';
import { livingVotes } from '../living.ts';
import { decideVote, type Power } from '../model.ts';
import type { Store } from '../store.ts';
import { joined } from '../../shared/commit.ts';

type Deps = { store: Store; delegations: Delegations };
type VoteCall = Call<(typeof routes)['vote']>;

/** Counts a vote, and ends the escalation when it is the one that does. */
export const vote = (deps: Deps, call: VoteCall): Promise<Escalation> => onLatest(() => tryToVote(deps, call));

async function tryToVote(deps: Deps, call: VoteCall): Promise<Escalation> {
  const { params, body, now } = call;
  const escalation = await deps.store.escalation(params.id);
  if (!escalation) throw new Problem('NotFound', `There is no escalation ${params.id}.`);
  const [{ power, guards }, delegators, home, alive] = await Promise.all([
    powerOf(deps, call, escalation),
    deps.delegations.delegatorsOf(escalation.requested_by),
    deps.delegations.homeOf(escalation.requested_by),
    livingVotes(deps.delegations, escalation, now),
  ]);
  const entryId = newId(now);
  const decided = decideVote(escalation, body, power, barredBy(delegators, escalation), { now, entryId, alive });
  if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
  const { next } = decided;
  const change =
    decided.kind === 'closed' ? closing(next, home ?? next.domain, now, entryId) : counting(next, decided.approvals);
  return call.commit(joined(change, { writes: guards, entries: [] }), next);
}

/** With what a vote is cast, and that it is still so when the vote is counted. */
type Cast = { power: Power; guards: readonly Write[] };

/** The caller's own authority, or that of the delegation that it names, as it stands now. */
async function powerOf({ delegations }: Deps, { actor, body, now }: VoteCall, escalation: Escalation): Promise<Cast> {
  const id = body.delegation_id;
  const own = { voter: actor, authority: actor, path: [], persons: [], delegationId: null };
  if (id === undefined) return { power: own, guards: [] };
  const chain = await delegations.chain(id);
  const given = chain && effective(chain.links, chain.active, now);
  if (!given || chain.links.at(-1)?.to !== actor.id || !covers(given, escalation)) {
    throw new Problem('DelegationRefused', `${id} gives you no vote on this request now.`);
  }
  const { authority, path, persons } = given;
  return {
    power: { voter: actor, authority, path, persons, delegationId: id },
    guards: chain.links.map(delegationWrites.unchanged),
  };
}
