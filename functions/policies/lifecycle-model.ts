import { addSeconds } from '../shared/clock.ts';
import type { ActivePolicies, Enforcement, PolicySetLabel, PolicyVerdict, PolicyVersionSummary } from './contract.ts';

type Why = 'AlreadyInForce' | 'SimulationMissing' | 'MandateMissing' | 'NothingToRollBack';
export type Ruling<T> = { kind: 'do'; next: T } | { kind: 'refuse'; why: Why; detail: string };

const refuse = (why: Why, detail: string) => ({ kind: 'refuse', why, detail }) as const;

/** The last completed simulation of a version. */
export type Simulated = {
  simulation_id: string;
  against: number;
  finished_at: string;
  replayed: number;
  flips: number;
};

/** How long a simulation speaks for the present: decisions go on being recorded. */
const freshSeconds = 86_400;

type Asked = {
  before: ActivePolicies;
  label: PolicySetLabel;
  simulated: Simulated | undefined;
  /** Why the decision named is no mandate; undefined when it is one. */
  mandateFault: string | undefined;
  by: string;
  now: Date;
};

/** Whether a version may come into force: simulated lately against the one in force, and mandated. */
export function decideActivation({ before, label, simulated, mandateFault, by, now }: Asked): Ruling<ActivePolicies> {
  const { version } = label;
  if (before.policy_version === version) return refuse('AlreadyInForce', `Version ${version} is in force.`);
  const fault = simulationFault(simulated, before, now);
  if (fault) return refuse('SimulationMissing', `POST /v1/policies/${version}/simulations first: ${fault}`);
  if (mandateFault) return refuse('MandateMissing', mandateFault);
  return { kind: 'do', next: { ...pointerTo(label, before, by, now), previous: before.policy_version } };
}

function simulationFault(simulated: Simulated | undefined, before: ActivePolicies, now: Date): string | undefined {
  if (!simulated) return 'no simulation of it is complete.';
  if (simulated.against !== before.policy_version) {
    return `the last one is against version ${simulated.against}, and ${before.policy_version} is in force.`;
  }
  if (addSeconds(new Date(simulated.finished_at), freshSeconds) <= now) return 'the last one is older than a day.';
  return undefined;
}

/**
 * Back to the version before, which was approved when it came into force. What was rolled back is no longer there to go
 * back to: one person undoes one activation, and cannot walk through the history or to and fro.
 */
export function decideRollback(
  before: ActivePolicies,
  previous: PolicySetLabel | undefined,
  by: string,
  now: Date,
): Ruling<ActivePolicies> {
  if (!previous) return refuse('NothingToRollBack', `Nothing to go back to from version ${before.policy_version}.`);
  return { kind: 'do', next: { ...pointerTo(previous, before, by, now), previous: null } };
}

/** The pointer at a version, with the mode that it has. The first one has nothing before it. */
export const pointerTo = (
  { version, digest }: PolicySetLabel,
  before: ActivePolicies | undefined,
  by: string,
  now: Date,
): ActivePolicies => ({
  version: (before?.version ?? 0) + 1,
  policy_version: version,
  digest,
  activated_at: now.toISOString(),
  activated_by: by,
  previous: before?.policy_version ?? null,
  mode: before?.mode ?? 'enforce',
  observe_until: before?.observe_until ?? null,
});

/** What holds at a time, whatever was written: an observation ends by itself. */
export function enforcementOf({ mode, observe_until: until, policy_version }: ActivePolicies, now: Date): Enforcement {
  const observes = mode === 'observe' && until !== null && now < new Date(until);
  return { mode: observes ? 'observe' : 'enforce', observe_until: observes ? until : null, policy_version };
}

/** The verdict as it binds at a time. One that could not be reached denies in either mode. */
export const asItBinds = (verdict: PolicyVerdict, pointer: ActivePolicies, now: Date): PolicyVerdict =>
  verdict.errors.length === 0 && enforcementOf(pointer, now).mode === 'observe'
    ? { ...verdict, enforced: false }
    : verdict;

export const observing = (before: ActivePolicies, minutes: number, now: Date): ActivePolicies => ({
  ...before,
  version: before.version + 1,
  mode: 'observe',
  observe_until: addSeconds(now, minutes * 60).toISOString(),
});

export const enforcing = (before: ActivePolicies): ActivePolicies => ({
  ...before,
  version: before.version + 1,
  mode: 'enforce',
  observe_until: null,
});

/** The pointer after an observation whose time is over and that nobody has ended; undefined when there is none. */
export const expired = (pointer: ActivePolicies, now: Date): ActivePolicies | undefined =>
  pointer.mode === 'observe' && enforcementOf(pointer, now).mode === 'enforce' ? enforcing(pointer) : undefined;

export function summaryOf(label: PolicySetLabel, pointer: ActivePolicies | undefined): PolicyVersionSummary {
  const { version, digest, created_at, created_by, note } = label;
  const rest = version === pointer?.previous ? 'previous' : 'stored';
  const state = version === pointer?.policy_version ? 'in_force' : rest;
  return { version, digest, created_at, created_by, note, state };
}
