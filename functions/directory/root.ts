import type { Change } from '../shared/commit.ts';
import { newOfficer } from './births.ts';
import { changeOf } from './facts.ts';

const id = 'hum_operator';

/**
 * What a new deployment starts with: the enterprise, and the first human, who imports the rest.
 * @param clientId client of the identity provider that the operator's tokens are issued to
 * @returns the id of the principal, and a change that is refused with `AlreadyExists` where it was made before
 */
export function rootPrincipal(clientId: string, now: Date): { id: string; change: Change } {
  const operator = newOfficer({ kind: 'human', id, name: 'Operator', roles: ['operator'], client_id: clientId }, now);
  const enterprise = { id: 'enterprise', name: 'Enterprise', status: 'active', version: 1 } as const;
  const transitions = [{ of: 'enterprise', after: enterprise } as const, { of: 'principal', after: operator } as const];
  return { id, change: changeOf(transitions, { reason: 'First human of a new deployment.' }) };
}
