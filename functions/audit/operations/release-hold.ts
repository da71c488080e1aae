import { fact } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { type Hold, holdReleased, type routes } from '../contract.ts';
import { release } from '../hold-model.ts';
import { type Holds, writes } from '../store.ts';

/** Releases a legal hold, once. Entries that had expired under it are no longer shown, and are removed in time. */
export async function releaseHold(
  deps: { holds: Pick<Holds, 'hold'> },
  { params, body, actor, now, commit }: Call<(typeof routes)['releaseHold']>,
): Promise<Hold> {
  const hold = await deps.holds.hold(params.id);
  if (!hold) throw new Problem('NotFound', `There is no legal hold ${params.id}.`);
  const released = release(hold, body.reason, actor.id, now);
  if (released.kind === 'refuse') throw Problem.titled(released.why);
  const { next } = released;
  const { by, value } = next.selector;
  const entry = {
    action_type: 'execution' as const,
    domain: actor.domain,
    subject: `hold/${next.id}`,
    sequence: next.version,
    summary: `Legal hold on ${by} ${value} released`,
    details: { decision: 'released', reasoning: body.reason },
    retention: 'compliance' as const,
    event: fact(holdReleased, { hold_id: next.id, by, value, released_by: actor.id, concerns: [actor.domain] }),
  };
  return commit({ writes: writes.release(next), entries: [entry] }, next);
}
