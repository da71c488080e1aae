import { Problem } from '../../shared/errors.ts';
import { type Actor, mayRead } from '../../shared/principal.ts';
import type { Escalation } from '../contract.ts';
import { covers, effective } from '../delegation-model.ts';
import type { Delegations } from '../delegation-store.ts';
import { standsAt } from '../model.ts';
import type { Store } from '../store.ts';

type Deps = { store: Pick<Store, 'escalation'>; delegations: Pick<Delegations, 'delegatorsOf' | 'chain'> };

/** One escalation. One that the reader may not see is answered like one that does not exist. */
export async function getEscalation(deps: Deps, id: string, reader: Actor, now: Date): Promise<Escalation> {
  const escalation = await deps.store.escalation(id);
  if (escalation && (isOwn(escalation, reader) || (await mayDecide(deps, escalation, reader, now)))) return escalation;
  throw new Problem('NotFound', `There is no escalation ${id}.`);
}

const isOwn = ({ requested_by, domain }: Escalation, reader: Actor): boolean =>
  mayRead({ proposed_by: requested_by, domain }, reader);

/** Somebody who votes on it with the authority of another reads what it votes on, as long as it may. */
async function mayDecide(deps: Deps, escalation: Escalation, reader: Actor, now: Date): Promise<boolean> {
  const delegators = await deps.delegations.delegatorsOf(reader.id);
  const held = delegators.filter(
    ({ types, revoked_at, expires_at }) =>
      revoked_at === null && types.includes(escalation.decision_type) && new Date(expires_at) > now,
  );
  const chains = await Promise.all(held.map(({ id }) => deps.delegations.chain(id)));
  return chains.some((chain) => {
    const given = chain && effective(chain.links, chain.active, now);
    return given !== undefined && covers(given, escalation) && standsAt(escalation, given.authority);
  });
}
