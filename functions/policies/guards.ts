import { Problem, problems } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import type { Ruling } from './lifecycle-model.ts';

/** Humans who prepare and activate policies. */
const governing = ['board_member', 'operator'] as const;
/** Humans who may bring back what held before: an emergency waits for nobody. */
const restoring = [...governing, 'on_call'] as const;

function requireRole(actor: Actor, roles: readonly string[]): void {
  const entitled = actor.kind === 'enterprise_orchestrator' || actor.roles.some((role) => roles.includes(role));
  if (!entitled) throw new Problem('RoleMissing', `${problems.RoleMissing[1]}: one of ${roles.join(', ')}.`);
}

/** @throws Problem `RoleMissing` unless the actor is the enterprise orchestrator, or a human who governs */
export const requireGovernor = (actor: Actor): void => requireRole(actor, governing);

/** @throws Problem `RoleMissing` unless the actor may govern, or is on call */
export const requireRestorer = (actor: Actor): void => requireRole(actor, restoring);

/** @throws Problem `NotFound` */
export function found<T>(record: T | undefined, what: string): T {
  if (record === undefined) throw new Problem('NotFound', `There is no ${what}.`);
  return record;
}

/** @throws Problem with the code of the refusal */
export function ruled<T>(ruling: Ruling<T>): T {
  if (ruling.kind === 'refuse') throw new Problem(ruling.why, ruling.detail);
  return ruling.next;
}
