import { type Officers, officersAt } from '../shared/officers.ts';
import type { Escalation } from './contract.ts';

/** More are not told: whoever they are, the level has heard of it. */
const most = 15;

/** Who decides at the level that an escalation waits for: all of them who may. */
export async function decidersOf(officers: Officers, escalation: Escalation): Promise<string[]> {
  const barred = new Set([escalation.requested_by, ...escalation.chain]);
  const standing = await officersAt(officers, escalation.deciding_level, escalation.domain);
  return standing.filter((id) => !barred.has(id)).slice(0, most);
}
