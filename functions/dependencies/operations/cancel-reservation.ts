import { onLatest } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import { advancing, sightOf } from '../advance.ts';
import { isStanding, released } from '../booking.ts';
import type { ResourceReservation, routes } from '../contract.ts';
import { withdrawn } from '../model.ts';
import { requireParty, speaksFor } from '../party-model.ts';
import type { Deps } from '../ports.ts';
import { reservationOf } from './read-reservations.ts';

type Asked = Call<(typeof routes)['cancelReservation']>;

/** Gives a reservation up. The dependency that it was for is withdrawn in the same transaction, and its task's side told. */
export const cancelReservation = (deps: Deps, call: Asked): Promise<ResourceReservation> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const reservation = await reservationOf(deps, params.id);
    requireHolder(actor, reservation);
    if (!isStanding(reservation, now))
      throw new Problem('ReservationClosed', `It is ${reservation.state === 'reserved' ? 'over' : reservation.state}.`);
    const why = { by: actor.id, reason: body.reason, now };
    const { change, after } = await released(deps, reservation, why);
    const id = reservation.dependency_id;
    const dependency = id === null ? undefined : await deps.store.dependency(id);
    const decision = dependency && withdrawn(dependency, body.reason, why);
    if (!dependency || decision?.kind !== 'step') return call.commit(change, after);
    // Withdrawing gives its reservation up itself: that is this very change.
    const sight = await sightOf(deps, dependency);
    return call.commit(await advancing(deps, { dependency, sight }, [decision.step], why), after);
  });

/** Who holds it, its team, and the orchestrators of both domains. */
function requireHolder(actor: Actor, { holder, domain }: ResourceReservation): void {
  if (actor.id === holder.principal) return;
  const isOfResource = speaksFor(actor, { domain, team: null }) === 'granted';
  if (!isOfResource) requireParty(actor, { domain: holder.domain, team: holder.team });
}
