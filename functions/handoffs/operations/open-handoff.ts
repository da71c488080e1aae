import { onLatest } from '../../shared/again.ts';
import { type Fault, Problem } from '../../shared/errors.ts';
import { newIdOf } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import type { Task } from '../../workload/contract.ts';
import { opening } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { delivered } from '../guards.ts';
import { prepared } from '../messages.ts';
import { highest, meetingFault, opened } from '../model.ts';
import type { Deps } from '../ports.ts';
import { receiverOf } from '../receiver.ts';
import { joined } from '../../shared/commit.ts';
import { teamFault } from '../../shared/principal.ts';

type Asked = Call<(typeof routes)['openHandoff']>;

/** Prepares a handoff: its tasks are part of it from now on, and of no other; the recipient is told in the same transaction. */
export const openHandoff = (deps: Deps, call: Asked): Promise<Handoff> =>
  onLatest(async () => {
    const { body, actor, now } = call;
    const tasks = await foundTasks(deps, body.tasks);
    const from = handingTeam(call, tasks);
    requireOwned(tasks, from.team);
    const { to, assignee } = await receiverOf(deps.directory, body, from, actor.id);
    const wrong = body.meeting && meetingFault(body.meeting, null, '/body/meeting/at', now);
    if (wrong) throw invalid([wrong]);
    const id = newIdOf('hnd');
    const classification = highest(tasks.map((task) => task.classification));
    const handoff = opened({ id, from, to, assignee, opened_by: actor.id, classification, given: body, now });
    const bound = tasks.map((task) => boundOf(deps, task, id, now));
    const messages = delivered(deps.inbox, prepared(handoff), now);
    return call.commit(joined(opening(handoff), ...bound, ...messages), handoff);
  });

const invalid = (faults: Fault[]): Problem => new Problem('InvalidFields', faults[0]?.detail ?? '', { faults });

async function foundTasks(deps: Deps, ids: readonly string[]): Promise<Task[]> {
  const tasks = await deps.tasks.tasks(ids);
  const faults = tasks.flatMap((task, at) =>
    task ? [] : [{ pointer: `/body/tasks/${at}`, detail: `There is no task ${ids[at]}.` }],
  );
  if (faults.length > 0) throw invalid(faults);
  return tasks.filter((task) => task !== undefined);
}

/** The team that hands over, for which the caller must be entitled to. */
function handingTeam({ actor, body }: Asked, tasks: readonly Task[]): Handoff['from'] {
  const team = body.team ?? actor.team ?? tasks[0]?.team ?? '';
  // A domain that no task of the team tells is that of nobody, and the tasks are refused below.
  const domain = tasks.find((task) => task.team === team)?.domain ?? actor.domain;
  const code = teamFault(actor, { domain, team });
  if (code) throw Problem.titled(code);
  return { domain, team };
}

function requireOwned(tasks: readonly Task[], team: string): void {
  const faults = tasks.flatMap((task, at) =>
    task.team === team ? [] : [{ pointer: `/body/tasks/${at}`, detail: `${task.id} belongs to team ${task.team}.` }],
  );
  if (faults.length > 0) throw new Problem('TaskNotOwned', faults[0]?.detail ?? '', { faults });
}

function boundOf({ tasks }: Deps, task: Task, id: string, now: Date) {
  const decision = tasks.bound(task, id, now);
  if (decision.kind === 'refuse') throw new Problem(decision.why, decision.detail);
  return decision.change;
}
