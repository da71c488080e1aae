import { addSeconds } from '../shared/clock.ts';
import type { Task } from '../workload/contract.ts';
import type { Dependency, LateCause } from './contract.ts';
import { handedOver, isEnded, isOpen, type Step, standing, stepped } from './model.ts';
import { isOver, isWaiting } from '../workload/contract.ts';

/** The tasks of both sides as they are. */
export type Sight = { task: Task | undefined; on: Task | undefined };

/** Why something will be late; the basis is what it was found from. */
export type Late = { cause: LateCause; basis: string; expected_at: string | null };

const system = 'orchestra_dependencies';
/** How long the providing side may stay untold before the sweeper tells it, in seconds. */
const untoldSeconds = 300;
/** How often what is late already is looked at, in case an event about it was lost. */
const lateSeconds = 3_600;

const minutesAfter = (at: Date, minutes: number): Date => addSeconds(at, minutes * 60);

/** When a task that is not over will be done, if its estimate holds. Work that takes longer may be done at any moment. */
function predictedEnd(on: Task, now: Date): Date | undefined {
  if (isOver(on) || on.state === 'review') return undefined;
  if (isWaiting(on) || on.started_at === null) return minutesAfter(now, on.estimate_minutes);
  const end = minutesAfter(new Date(on.started_at), on.estimate_minutes);
  return end < now ? now : end;
}

/** Whoever gave an ETA that the estimate could not keep even then knows better than the estimate. */
function isPredictable({ eta_given_at, needed_by }: Dependency, on: Task): boolean {
  return eta_given_at === null || minutesAfter(new Date(eta_given_at), on.estimate_minutes) <= new Date(needed_by);
}

/** Why a dependency will be late, by what is known; undefined where nothing says so. */
export function lateness(dependency: Dependency, on: Task | undefined, now: Date): Late | undefined {
  const { eta, needed_by: neededBy } = dependency;
  if (on?.state === 'failed' || on?.state === 'cancelled')
    return { cause: `task_${on.state}`, basis: on.ended_at ?? on.state, expected_at: null };
  if (eta !== null && new Date(eta) > new Date(neededBy)) return { cause: 'eta_late', basis: eta, expected_at: eta };
  if (eta !== null && new Date(eta) <= now) return { cause: 'eta_passed', basis: eta, expected_at: null };
  const end = on && predictedEnd(on, now);
  if (!on || !end || end <= new Date(neededBy) || !isPredictable(dependency, on)) return undefined;
  return { cause: 'predicted', basis: String(on.estimate_minutes), expected_at: end.toISOString() };
}

/** The step that is due by the state of the tasks and the time; undefined where there is none. */
export function assess(dependency: Dependency, { task, on }: Sight, now: Date): Step | undefined {
  const at = now.toISOString();
  if (isEnded(dependency)) return undefined;
  if (task && isOver(task)) {
    const change = {
      state: 'withdrawn' as const,
      ended_at: at,
      ended_by: system,
      reason: `The task is ${task.state}.`,
    };
    return stepped('withdrawn', dependency, change);
  }
  if (!isOpen(dependency)) return undefined;
  const provided = delivery(dependency, on, now);
  if (provided) return handedOver(dependency, provided.delivered, { by: provided.by, now });
  if (dependency.notified_at === null || dependency.delayed_at !== null) return undefined;
  const late = lateness(dependency, on, now);
  if (new Date(dependency.needed_by) <= now) {
    const alert = late ? { ...late, at } : dependency.alert;
    return stepped('delayed', dependency, { state: 'delayed', delayed_at: at, alert });
  }
  if (!late) return dependency.alert === null ? undefined : recovered(dependency);
  const { alert } = dependency;
  if (alert?.cause === late.cause && alert.basis === late.basis) return undefined;
  return stepped('at_risk', dependency, { state: 'at_risk', alert: { ...late, at } });
}

const recovered = (dependency: Dependency): Step =>
  stepped('recovered', dependency, { alert: null, state: standing({ ...dependency, alert: null }) });

/** What the providing task, or the beginning of a reservation, hands over by itself. */
function delivery(
  { booking, eta, returned_at: returnedAt }: Dependency,
  on: Task | undefined,
  now: Date,
): { delivered: string; by: string } | undefined {
  if (booking) {
    const isBegun = eta !== null && new Date(eta) <= now;
    return isBegun ? { delivered: `The time of ${booking.reservation_id} has begun.`, by: system } : undefined;
  }
  if (on?.state !== 'done') return undefined;
  // What was refused is not handed over again by being as it was.
  if (returnedAt !== null && new Date(on.ended_at ?? 0) <= new Date(returnedAt)) return undefined;
  return { delivered: on.result ?? `${on.id} is done.`, by: on.worked_by ?? system };
}

const mostSteps = 3;

/** A step, with those that follow from it at once. */
export function followed(first: Step, sight: Sight, now: Date): Step[] {
  const steps = [first];
  for (let at = first; steps.length < mostSteps;) {
    const next = assess(at.after, sight, now);
    if (!next) break;
    steps.push(next);
    at = next;
  }
  return steps;
}

/** When a dependency must be looked at next because time alone may have changed it; undefined when never. */
export function nextLook(dependency: Dependency, { on }: Sight, now: Date): Date | undefined {
  if (!isOpen(dependency)) return undefined;
  if (dependency.notified_at === null) return addSeconds(new Date(dependency.registered_at), untoldSeconds);
  const { eta, delayed_at: delayedAt, needed_by: neededBy, alert } = dependency;
  const looks = eta === null ? [] : [new Date(eta)];
  if (delayedAt !== null) looks.push(addSeconds(now, lateSeconds));
  else looks.push(new Date(neededBy));
  if (delayedAt === null && alert === null && on && isWaiting(on) && isPredictable(dependency, on)) {
    // From the next instant on, what is begun then comes too late.
    looks.push(new Date(minutesAfter(new Date(neededBy), -on.estimate_minutes).getTime() + 1));
  }
  const ahead = looks.map(Number).filter((at) => at > now.getTime());
  // What is behind was seen to when this was decided; should it not have been, it is found an hour later.
  return new Date(ahead.length > 0 ? Math.min(...ahead) : addSeconds(now, lateSeconds));
}
