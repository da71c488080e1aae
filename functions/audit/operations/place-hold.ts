import { fact } from '../../shared/contract.ts';
import { newIdOf } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { type Hold, holdPlaced, type routes } from '../contract.ts';
import { placed } from '../hold-model.ts';
import { writes } from '../store.ts';

/** Places a legal hold. It works from now on, also on what has expired already and is not yet removed. */
export async function placeHold({ body, actor, now, commit }: Call<(typeof routes)['placeHold']>): Promise<Hold> {
  const hold = placed(body, newIdOf('hld'), actor.id, now);
  const { by, value } = hold.selector;
  const entry = {
    action_type: 'execution' as const,
    domain: actor.domain,
    subject: `hold/${hold.id}`,
    sequence: hold.version,
    summary: `Legal hold placed on ${by} ${value}`,
    details: { decision: 'placed', reasoning: hold.reason },
    retention: 'compliance' as const,
    event: fact(holdPlaced, {
      hold_id: hold.id,
      by,
      value,
      from: hold.from,
      to: hold.to,
      placed_by: actor.id,
      concerns: [actor.domain],
    }),
  };
  return commit({ writes: writes.place(hold), entries: [entry] }, hold);
}
