import { onLatest, ifThere } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import { mergedAdjustments } from '../../shared/merged-adjustments.ts';
import type { Call } from '../../shared/serve.ts';
import { measure } from '../../shared/telemetry.ts';
import { accepting } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, delivered, readable } from '../guards.ts';
import { accepted } from '../meeting-model.ts';
import { assigned, ended } from '../messages.ts';
import type { Deps, Held } from '../ports.ts';
import { joined } from '../../shared/commit.ts';

type Asked = Call<(typeof routes)['acceptHandoff']>;

/**
 * Moves the ownership of all tasks in one transaction, with the end of every claim that the old team has on them. Of an
 * acceptance and anything else that happens to the handoff or to one of its tasks at the same time, one comes first, and the
 * other is decided on what is there then.
 */
export const acceptHandoff = (deps: Deps, call: Asked): Promise<Handoff> =>
  onLatest(async () => {
    const { params, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const next = decided(accepted(before, actor, now));
    const assignee = await assigneeOf(deps, before, call);
    const to = { ...before.to, assignee };
    const held = await heldTasks(deps, before);
    const moves = held.map((one) => deps.tasks.transferred(one, to, before.id, now));
    const told = delivered(deps.inbox, [...ended(next, 'support'), ...assigned(next, assignee)], now);
    const { writes, entries } = joined(accepting(before, next), ...moves, ...told);
    // Whoever stopped has had its work released by then: nothing may be brought to it after that.
    const active = assignee === null ? [] : [deps.directory.active(assignee)];
    const done = await call.commit({ writes: mergedAdjustments([...writes, ...active]), entries }, next);
    measure('HandoffDelaySeconds', next.delay?.since_opened_seconds ?? 0);
    return done;
  });

async function heldTasks({ tasks }: Deps, { tasks: ids, from, id }: Handoff): Promise<Held[]> {
  const held = await tasks.held(ids);
  return held.map(({ task, lease }, at) => {
    if (task?.team !== from.team || task.handoff_id !== id)
      throw new Problem('TaskNotOwned', `${ids[at]} is not a task of team ${from.team} in this handoff any more.`);
    return { task, lease };
  });
}

/**
 * The agent that the tasks wait for; nobody, where it cannot be reached by now or belongs to another team. One that had no
 * work before gets the record that its load is counted in.
 */
async function assigneeOf(deps: Deps, { assignee, to }: Handoff, { actor, now, trace }: Asked): Promise<string | null> {
  if (assignee === null) return null;
  const [standing, agent, hasLoad] = await Promise.all([
    deps.directory.standing([assignee]),
    deps.directory.agent(assignee),
    deps.tasks.hasLoad(assignee),
  ]);
  if (!agent || !standing.has(assignee) || agent.team !== to.team) return null;
  if (hasLoad) return assignee;
  const context = { actor: actor.id, now, trace };
  await deps.commit({ writes: [deps.tasks.newLoad(agent)], entries: [] }, context).catch(ifThere);
  return assignee;
}
