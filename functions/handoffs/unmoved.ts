import { type Change, joined } from '../shared/commit.ts';
import { ending, type UnmovedEnd } from './changes.ts';
import { decidersOf } from './deciders.ts';
import { escalated } from './end-model.ts';
import { delivered } from './guards.ts';
import type { Handoff } from './handoff-contract.ts';
import { ended, escalation } from './messages.ts';
import type { Deps } from './ports.ts';

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
