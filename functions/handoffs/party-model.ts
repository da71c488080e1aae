import { type Actor, teamFault } from '../shared/principal.ts';
import type { Handoff } from './handoff-contract.ts';

export type Side = 'handing' | 'receiving';
type Who = Pick<Actor, 'id' | 'kind' | 'domain' | 'team' | 'roles'>;
type Parties = Pick<Handoff, 'from' | 'to' | 'opened_by'>;

/**
 * For which side somebody speaks. The two that the record names are what it says, wherever they were moved since; who stands
 * over both sides speaks for neither.
 */
export function sideOf({ from, to, opened_by }: Parties, who: Who): Side | undefined {
  if (who.id === to.recipient) return 'receiving';
  if (who.id === opened_by) return 'handing';
  if (who.kind === 'agent') {
    if (who.team === from.team) return 'handing';
    return who.team === to.team ? 'receiving' : undefined;
  }
  if (who.kind !== 'domain_orchestrator' || from.domain === to.domain) return undefined;
  if (who.domain === from.domain) return 'handing';
  return who.domain === to.domain ? 'receiving' : undefined;
}

/** Whether somebody acts for the handing side: speaks for it, or stands above it without being the other side. */
export function handsOver(handoff: Parties, who: Who): boolean {
  const side = sideOf(handoff, who);
  return side === 'handing' || (side === undefined && teamFault(who, handoff.from) === undefined);
}

/** Whether the recipient still stands where the tasks go to. */
export const isRecipient = ({ to }: Pick<Handoff, 'to'>, { id, kind, domain, team }: Who): boolean =>
  id === to.recipient && (kind === 'agent' ? team === to.team : domain === to.domain);

/** Who may read a handoff: both teams, the orchestrators of both domains, and those above. */
export function mayRead({ from, to, opened_by }: Parties, { id, kind, domain, team }: Who): boolean {
  if (id === opened_by || id === to.recipient) return true;
  if (kind === 'agent') return team === from.team || team === to.team;
  return kind !== 'domain_orchestrator' || domain === from.domain || domain === to.domain;
}
