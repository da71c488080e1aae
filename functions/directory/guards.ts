import { type Fault, Problem } from '../shared/errors.ts';
import type { Actor, Status } from '../shared/principal.ts';
import { boardFault, isFounded, touchesBoard } from './board-model.ts';
import { authorityOver, decideStatus, type Target } from './model.ts';
import type { Officer, Principal } from './records.ts';

/** @throws Problem with the code of the refusal, unless the actor may write the target */
export function requireAuthority(actor: Actor, target: Target): void {
  const code = authorityOver(actor, target);
  if (code !== 'granted') throw Problem.titled(code);
}

/**
 * Guards the seats of the board.
 * @param officers everybody who is or was one, read only when a seat is touched
 * @throws Problem `RoleMissing` when the actor may not change who sits there
 */
export async function requireBoard(
  actor: Actor,
  { before, after }: { before?: Principal; after: Principal },
  officers: () => Promise<readonly Officer[]>,
): Promise<void> {
  if (!touchesBoard(before, after)) return;
  const fault = boardFault(actor, after, isFounded(await officers()));
  if (fault) throw new Problem('RoleMissing', fault);
}

/** @throws Problem `PreconditionFailed` when If-Match names another version than the stored one */
export function requireVersion(named: number, stored: number): void {
  if (named !== stored) throw new Problem('PreconditionFailed', `The record has version ${stored}.`);
}

/** @throws Problem `StatusChangeRefused` when the record is retired, or its status may not move this way */
export function requireStatus(actor: Actor, target: Target, from: Status, to: Status | undefined): void {
  const decision = decideStatus(actor, target, from, to ?? from);
  if (decision.kind === 'refuse') throw new Problem('StatusChangeRefused', decision.why);
}

/** @throws Problem `NotFound` */
export function found<T>(record: T | undefined, what: string): T {
  if (record === undefined) throw new Problem('NotFound', `There is no ${what}.`);
  return record;
}

/** @throws Problem `InvalidFields` when there are faults */
export function requireSound(faults: Fault[]): void {
  const [first] = faults;
  if (first) throw new Problem('InvalidFields', first.detail, { faults });
}

/** @throws Problem `InvalidFields` when a record that the body refers to is not there */
export function referred<T>(record: T | undefined, field: string, what: string): T {
  if (record === undefined) requireSound([{ pointer: `/body/${field}`, detail: `There is no ${what}.` }]);
  return record as T;
}
