import { onLatest, raced } from '../../shared/again.ts';
import { type Change, joined } from '../../shared/commit.ts';
import { Problem } from '../../shared/errors.ts';
import { newIdOf } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import type { Task } from '../../workload/contract.ts';
import { booked, bookingAttempts, dayCameFirst } from '../booking.ts';
import { changeOf } from '../changes.ts';
import type { Dependency, NewDependency, routes, Side } from '../contract.ts';
import { invalid } from '../faults.ts';
import { requireParty } from '../party-model.ts';
import type { Deps } from '../ports.ts';
import { isOver } from '../../workload/contract.ts';
import { walk } from '../walk.ts';
import { holderOf } from './reserve-resource.ts';

type Asked = Call<(typeof routes)['registerDependency']>;

/** How often a dependency is checked anew: each of many that come at once changes tasks that others have read. */
const attempts = 30;

/** Registers what a task needs; a blocking dependency is in the way of the task from the same transaction on. */
export const registerDependency = (deps: Deps, call: Asked): Promise<Dependency> =>
  onLatest(
    () => (call.body.type === 'resource' ? needResource(deps, call, call.body) : needTask(deps, call, call.body)),
    call.body.type === 'resource' ? bookingAttempts : attempts,
  );

type OnTask = Exclude<NewDependency, { type: 'resource' }>;
type OnResource = Extract<NewDependency, { type: 'resource' }>;

async function needTask(deps: Deps, call: Asked, body: OnTask): Promise<Dependency> {
  const { now } = call;
  const [task, on] = await deps.tasks.tasks([body.task_id, body.on]);
  const dependent = dependentTask(call, task, body.task_id);
  if (!on) throw invalid('on', `There is no task ${body.on}.`);
  if (body.task_id === body.on) throw cycle([body.on, body.on]);
  if (isOver(on)) throw new Problem('TaskNotOpen', `${on.id} is ${on.state}: there is nothing to wait for.`);
  const dependency: Dependency = {
    ...begun(call, dependent, sideOf(on)),
    type: body.type,
    on: on.id,
    interface: body.interface ?? null,
    needed_by: neededBy(body, dependent, now),
    classification: [dependent, on].some((one) => one.classification === 'sensitive')
      ? 'sensitive'
      : dependent.classification,
  };
  const gate = body.type === 'blocking' ? await gateOf(deps, dependent, dependency, now) : stillSo(deps, dependent, on);
  return call.commit(joined(registering(deps, dependency, { task: dependent, on }, now), gate), dependency);
}

async function needResource(deps: Deps, call: Asked, body: OnResource): Promise<Dependency> {
  const { actor, now, trace } = call;
  const [task] = await deps.tasks.tasks([body.task_id]);
  const dependent = dependentTask(call, task, body.task_id);
  if (!(await deps.resources.offered(body.resource_id)))
    throw invalid('resource_id', `There is no resource ${body.resource_id}.`);
  const id = newIdOf('dep');
  const { task_id: taskId, resource_id: resourceId, from, to, amount, purpose } = body;
  const wanted = { taskId, resourceId, from, to, amount, purpose, dependencyId: id, holder: holderOf(actor) };
  const { reservation, change, resource } = await booked(deps, wanted, { now, trace, by: actor.id });
  const dependency: Dependency = {
    ...begun(call, dependent, { domain: resource.domain, team: null }),
    id,
    type: 'resource',
    booking: {
      resource_id: resource.id,
      reservation_id: reservation.id,
      from: reservation.from,
      to: reservation.to,
      amount,
    },
    needed_by: reservation.from,
  };
  const whole = joined(registering(deps, dependency, { task: dependent, on: undefined }, now), change, {
    writes: [deps.tasks.unchanged(dependent)],
    entries: [],
  });
  return raced(call.commit(whole, dependency), dayCameFirst);
}

const sideOf = ({ domain, team }: Task): Side => ({ domain, team });

function dependentTask({ actor }: Asked, task: Task | undefined, id: string): Task {
  if (!task) throw invalid('task_id', `There is no task ${id}.`);
  requireParty(actor, sideOf(task), task);
  if (isOver(task)) throw new Problem('TaskNotOpen', `${task.id} is ${task.state}.`);
  return task;
}

function neededBy({ needed_by: named }: OnTask, { due_at: due }: Task, now: Date): string {
  const at = named ?? due;
  if (at === null) throw invalid('needed_by', 'The task is due at no time: say when it is needed.');
  if (new Date(at) <= now) throw invalid('needed_by', `${at} has passed.`);
  return new Date(at).toISOString();
}

const begun = ({ actor, now }: Asked, task: Task, provider: Side): Dependency => ({
  id: newIdOf('dep'),
  version: 1,
  type: 'informational',
  state: 'registered',
  task_id: task.id,
  dependent: sideOf(task),
  on: null,
  provider,
  booking: null,
  interface: null,
  needed_by: now.toISOString(),
  eta: null,
  eta_given_at: null,
  alert: null,
  classification: task.classification,
  registered_by: actor.id,
  registered_at: now.toISOString(),
  notified_at: null,
  tracked_at: null,
  acknowledged_by: null,
  delayed_at: null,
  resolved_at: null,
  resolved_by: null,
  delivered: null,
  returned_at: null,
  ended_at: null,
  ended_by: null,
  reason: null,
});

function registering({ inbox }: Deps, dependency: Dependency, sight: { task: Task; on: Task | undefined }, now: Date) {
  // Who provides is told by the consumer of the event.
  const nobody = { dependent: { domain: '', to: undefined }, provider: { domain: '', to: undefined } };
  return changeOf(undefined, [{ what: 'registered', after: dependency }], { sight, contacts: nobody, inbox, now });
}

/** Both tasks are still as they were read: whatever ends them afterwards finds the dependency. */
const stillSo = ({ tasks }: Deps, task: Task, on: Task): Change => ({
  writes: [tasks.unchanged(task), tasks.unchanged(on)],
  entries: [],
});

/**
 * The dependency in the way of its task, on condition that every task that was read to find no cycle is as it was: of
 * dependencies that would close one together, the last to be written is refused.
 */
async function gateOf({ tasks }: Deps, task: Task, { id, on }: Dependency, now: Date): Promise<Change> {
  const walked = await walk(tasks.tasks, task.id, on ?? '');
  if (walked.kind === 'cycle') throw cycle(walked.path);
  if (walked.kind === 'too_large')
    throw new Problem('DependencyGraphTooLarge', `${on} waits for more tasks than one check covers.`);
  // It may have ended since it was found to be there: what ends it finds the dependency only if it comes after it.
  if (walked.read.some((one) => one.id === on && isOver(one)))
    throw new Problem('VersionConflict', `${on} ended meanwhile.`);
  const blocked = tasks.blocked(task, { dependency_id: id, task_id: on ?? '' }, now);
  if (blocked.kind === 'refuse') throw new Problem(blocked.why, blocked.detail);
  return joined(blocked.change, { writes: walked.read.map(tasks.unchanged), entries: [] });
}

function cycle(path: readonly string[]): Problem {
  const detail = path.join(' → ');
  return new Problem('DependencyCycle', `It would close the cycle ${detail}.`, {
    faults: [{ pointer: '/body/on', detail }],
  });
}
