import type { ProblemCode } from '../shared/errors.ts';
import type { Dependency, DependencyState } from './contract.ts';

/** What happened to a dependency; each is one version of its record, and one entry. */
export type What =
  | 'registered'
  | 'notified'
  | 'tracked'
  | 'eta_changed'
  | 'at_risk'
  | 'recovered'
  | 'delayed'
  | 'resolved'
  | 'confirmed'
  | 'returned'
  | 'withdrawn';
export type Step = { what: What; after: Dependency };
export type Refusal = { kind: 'refuse'; why: ProblemCode; detail: string };
export type Decision = { kind: 'step'; step: Step } | Refusal;

const open: ReadonlySet<DependencyState> = new Set(['registered', 'notified', 'tracked', 'at_risk', 'delayed']);
/** Waits for its handover. */
export const isOpen = ({ state }: Pick<Dependency, 'state'>): boolean => open.has(state);
export const isEnded = ({ state }: Pick<Dependency, 'state'>): boolean =>
  state === 'confirmed' || state === 'withdrawn';

type Moment = { by: string; now: Date };

export const stepped = (what: What, before: Dependency, change: Partial<Dependency>): Step => ({
  what,
  after: { ...before, ...change, version: before.version + 1 },
});
const step = (what: What, before: Dependency, change: Partial<Dependency>): Decision => ({
  kind: 'step',
  step: stepped(what, before, change),
});

/** What is the next step of the protocol, in words. */
function nextOf({ state, notified_at, tracked_at }: Dependency): string {
  if (state === 'resolved') return 'its confirmation';
  if (state === 'confirmed' || state === 'withdrawn') return 'none';
  if (notified_at === null) return 'that the providing side is told';
  return tracked_at === null ? 'its acknowledgement' : 'its resolution';
}

const outOfOrder = (dependency: Dependency): Refusal => ({
  kind: 'refuse',
  why: 'StepOutOfOrder',
  detail: `It is ${dependency.state}; the next step is ${nextOf(dependency)}.`,
});

/** Where an open dependency stands, apart from what is done to it now: late before it is in time again. */
export const standing = ({ delayed_at, alert, tracked_at }: Dependency): DependencyState => {
  if (delayed_at !== null) return 'delayed';
  if (alert !== null) return 'at_risk';
  return tracked_at === null ? 'notified' : 'tracked';
};

/** The providing side was told. A reservation is its own acknowledgement: the resource is there when it begins. */
export function notified(dependency: Dependency, { by, now }: Moment): Step[] {
  if (dependency.state !== 'registered') return [];
  const at = now.toISOString();
  const told = stepped('notified', dependency, { state: 'notified', notified_at: at });
  const { booking } = dependency;
  if (!booking) return [told];
  const change = { eta: booking.from, eta_given_at: at, tracked_at: at, acknowledged_by: by };
  return [told, stepped('tracked', told.after, { ...change, state: 'tracked' })];
}

export function acknowledged(dependency: Dependency, eta: Date, { by, now }: Moment): Decision {
  const { notified_at, tracked_at } = dependency;
  if (!isOpen(dependency) || notified_at === null || tracked_at !== null) return outOfOrder(dependency);
  const at = now.toISOString();
  const change = { tracked_at: at, acknowledged_by: by, eta: eta.toISOString(), eta_given_at: at };
  return step('tracked', dependency, { ...change, state: standing({ ...dependency, ...change }) });
}

export function etaChanged(dependency: Dependency, eta: Date, reason: string, { now }: Moment): Decision {
  if (!isOpen(dependency) || dependency.tracked_at === null) return outOfOrder(dependency);
  return step('eta_changed', dependency, { eta: eta.toISOString(), eta_given_at: now.toISOString(), reason });
}

export function resolved(dependency: Dependency, delivered: string, moment: Moment): Decision {
  if (!isOpen(dependency) || dependency.tracked_at === null) return outOfOrder(dependency);
  return { kind: 'step', step: handedOver(dependency, delivered, moment) };
}

/** What is needed is there. Steps that were not taken yet are passed with it: there is nothing left to be told or awaited. */
export function handedOver(dependency: Dependency, delivered: string, { by, now }: Moment): Step {
  const at = now.toISOString();
  const { notified_at, tracked_at } = dependency;
  return stepped('resolved', dependency, {
    state: 'resolved',
    notified_at: notified_at ?? at,
    tracked_at: tracked_at ?? at,
    resolved_at: at,
    resolved_by: by,
    delivered,
  });
}

/** Nobody takes over what they have handed over themselves. */
export function confirmed(dependency: Dependency, { by, now }: Moment): Decision {
  const fault = takeOverFault(dependency, by);
  if (fault) return fault;
  return step('confirmed', dependency, { state: 'confirmed', ended_at: now.toISOString(), ended_by: by });
}

/** What was handed over is not what is needed: the providing side says anew when it will be. */
export function returned(dependency: Dependency, reason: string, { by, now }: Moment): Decision {
  const fault = takeOverFault(dependency, by);
  if (fault) return fault;
  const change = {
    resolved_at: null,
    resolved_by: null,
    delivered: null,
    eta: null,
    eta_given_at: null,
    alert: null,
    returned_at: now.toISOString(),
    reason,
  };
  return step('returned', dependency, { ...change, state: standing({ ...dependency, ...change }) });
}

function takeOverFault(dependency: Dependency, by: string): Refusal | undefined {
  if (dependency.state !== 'resolved') return outOfOrder(dependency);
  if (dependency.resolved_by !== by) return undefined;
  return { kind: 'refuse', why: 'OwnWork', detail: `${by} handed it over.` };
}

export function withdrawn(dependency: Dependency, reason: string, { by, now }: Moment): Decision {
  if (isEnded(dependency)) return outOfOrder(dependency);
  return step('withdrawn', dependency, { state: 'withdrawn', ended_at: now.toISOString(), ended_by: by, reason });
}
