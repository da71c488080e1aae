import type { Actor } from '../shared/principal.ts';
import type { Principal } from './records.ts';

const sits = (principal: Principal | undefined): boolean =>
  principal?.kind === 'human' && principal.roles.includes('board_member');

const boundTo = (principal: Principal): string =>
  principal.kind === 'human' ? JSON.stringify([principal.client_id, principal.subject]) : '';

/** Whether somebody comes onto the board, or is bound to another sign-in while on it. Whoever leaves it can do no harm by that. */
export const touchesBoard = (before: Principal | undefined, after: Principal): boolean =>
  sits(after) && (before === undefined || !sits(before) || boundTo(before) !== boundTo(after));

/**
 * Why the actor may not give or rebind a seat on the board, or undefined when it may. What takes two people would take one, if
 * somebody could appoint the second.
 * @param founded whether anybody sits on the board, or ever did; until then whoever governs the directory appoints it
 */
export function boardFault(actor: Pick<Actor, 'id' | 'roles'>, after: Principal, founded: boolean): string | undefined {
  if (!founded) return undefined;
  if (actor.id === after.id) return 'Nobody gives itself a seat on the board.';
  return actor.roles.includes('board_member') ? undefined : 'Only the board says who sits on it.';
}

/** Whether a board was ever appointed. */
export const isFounded = (principals: readonly Principal[]): boolean => principals.some(sits);
