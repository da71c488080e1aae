import { onLatest } from '../../shared/again.ts';
import type { Change } from '../../shared/commit.ts';
import type { Call } from '../../shared/serve.ts';
import { closing, ending, joined, type UnmovedEnd } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decidersOf } from '../deciders.ts';
import { closedEarly, escalated, refused, withdrawn } from '../end-model.ts';
import { decided, delivered, readable } from '../guards.ts';
import { ended, escalation } from '../messages.ts';
import type { Deps } from '../ports.ts';

type Ended = { change: Change; next: Handoff };

/**
 * The end of a handoff that moves nothing: its tasks are free for another one in the same transaction, and stay where they
 * are. What somebody wanted and did not come about is left to who stands over both sides; a withdrawal is nobody's loss.
 */
export async function unmoved(
  deps: Omit<Deps, 'commit' | 'now' | 'store'>,
  before: Handoff,
  after: Handoff,
  end: UnmovedEnd,
  now: Date,
): Promise<Ended> {
  const tasks = await deps.tasks.tasks(before.tasks);
  const unbound = tasks.flatMap((task) => (task ? [deps.tasks.unbound(task, before.id, now)] : []));
  const deciders = end === 'withdrawn' ? undefined : await decidersOf(deps.directory, before);
  const last = deciders && escalated(after, deciders.level, deciders.to, now);
  const messages = [...ended(after, end), ...escalation(after, deciders?.to ?? [])];
  const change = joined(ending(before, after, end, last), ...unbound, ...delivered(deps.inbox, messages, now));
  return { change, next: last ?? after };
}

export const refuseHandoff = (deps: Deps, call: Call<(typeof routes)['refuseHandoff']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const after = decided(refused(before, body.reason, actor, now));
    const { change, next } = await unmoved(deps, before, after, 'refused', now);
    return call.commit(change, next);
  });

export const withdrawHandoff = (deps: Deps, call: Call<(typeof routes)['withdrawHandoff']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const after = decided(withdrawn(before, body.reason, actor, now));
    const { change, next } = await unmoved(deps, before, after, 'withdrawn', now);
    return call.commit(change, next);
  });

/** Ends the support window before its time. */
export const closeHandoff = (deps: Deps, call: Call<(typeof routes)['closeHandoff']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const next = decided(closedEarly(before, actor, now));
    return call.commit(joined(closing(before, next), ...delivered(deps.inbox, ended(next, 'closed'), now)), next);
  });
