import { Problem } from '../../shared/errors.ts';
import { type Actor, mayRead } from '../../shared/principal.ts';
import type { Escalation } from '../contract.ts';
import type { Delegations } from '../delegation-store.ts';
import type { Store } from '../store.ts';

type Deps = { store: Store; delegations: Pick<Delegations, 'delegatorsOf'> };

/** One escalation. One that the reader may not see is answered like one that does not exist. */
export async function getEscalation(deps: Deps, id: string, reader: Actor, now: Date): Promise<Escalation> {
  const escalation = await deps.store.escalation(id);
  if (escalation && (isOwn(escalation, reader) || (await mayDecide(deps, escalation, reader, now)))) return escalation;
  throw new Problem('NotFound', `There is no escalation ${id}.`);
}

const isOwn = ({ requested_by, domain }: Escalation, reader: Actor): boolean =>
  mayRead({ proposed_by: requested_by, domain }, reader);

/** Somebody to whom decisions of the type were delegated reads what it votes on. */
async function mayDecide(deps: Deps, { decision_type }: Escalation, reader: Actor, now: Date): Promise<boolean> {
  const delegators = await deps.delegations.delegatorsOf(reader.id);
  return delegators.some(
    ({ types, revoked_at, expires_at }) =>
      revoked_at === null && types.includes(decision_type) && new Date(expires_at) > now,
  );
}
