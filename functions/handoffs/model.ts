import { addSeconds } from '../shared/clock.ts';
import type { Classification } from '../shared/contract.ts';
import type { Fault, ProblemCode } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import type { MeetingPlan, NewHandoff, PackagePatch } from './command-contract.ts';
import { type Handoff, type HandoffPhase, type Package, packageParts } from './handoff-contract.ts';
import { handsOver } from './party-model.ts';

export type Refusal = { kind: 'refuse'; why: ProblemCode; detail: string; faults?: Fault[] };
export type Decision = { kind: 'go'; next: Handoff } | Refusal;

export const refuse = (why: ProblemCode, detail: string, faults?: Fault[]): Refusal => ({
  kind: 'refuse',
  why,
  detail,
  ...(faults ? { faults } : {}),
});

/** The next version of a handoff. */
export const revised = (handoff: Handoff, change: Partial<Handoff>, now: Date): Handoff => ({
  ...handoff,
  ...change,
  version: handoff.version + 1,
  updated_at: now.toISOString(),
});

export const go = (handoff: Handoff, change: Partial<Handoff>, now: Date): Decision => ({
  kind: 'go',
  next: revised(handoff, change, now),
});

const openPhases: ReadonlySet<HandoffPhase> = new Set(['prepare', 'meeting', 'support']);
export const isOpen = ({ phase }: Pick<Handoff, 'phase'>): boolean => openPhases.has(phase);

/** Why a step cannot be taken now. When the time of a phase is over so is the phase, also before its clock was heard. */
export function phaseFault(handoff: Handoff, phases: readonly HandoffPhase[], now: Date): Refusal | undefined {
  const { phase, deadline } = handoff;
  if (!isOpen(handoff)) return refuse('HandoffClosed', `It is ${phase}.`);
  if (!phases.includes(phase))
    return refuse('WrongPhase', `It is in phase ${phase}; this belongs to ${phases.join(' or ')}.`);
  if (deadline !== null && new Date(deadline) <= now)
    return refuse('HandoffClosed', `The time of its phase ${phase} was over at ${deadline}.`);
  return undefined;
}

const notHanding = (handoff: Handoff, actor: Actor): Refusal | undefined =>
  handsOver(handoff, actor)
    ? undefined
    : refuse('NotAParty', `This is for team ${handoff.from.team}, which hands over, and for those above it.`);

/** Bounds of the time of a phase; where it has a reminder that is at half of it. */
export const phaseTime = (from: Date, seconds: number, isReminded = true) => ({
  deadline: addSeconds(from, seconds).toISOString(),
  reminder_at: isReminded ? addSeconds(from, seconds / 2).toISOString() : null,
  reminded: !isReminded,
});

const rank: Record<Classification, number> = { public: 0, internal: 1, sensitive: 2 };
export const highest = (all: readonly Classification[]): Classification =>
  all.reduce((most, one) => (rank[one] > rank[most] ? one : most), 'public');

export type Opening = Pick<Handoff, 'id' | 'from' | 'to' | 'assignee' | 'opened_by' | 'classification'> & {
  given: NewHandoff;
  now: Date;
};

/** A handoff as it begins. */
export function opened({ given, now, ...who }: Opening): Handoff {
  const parts: PackagePatch = given.package;
  return {
    ...who,
    version: 1,
    phase: 'prepare',
    tasks: given.tasks,
    package: Object.fromEntries(packageParts.map((part) => [part, parts[part] ?? null])) as Package,
    prerequisites: given.prerequisites.map((one) => ({
      ...one,
      met: false,
      evidence: null,
      met_by: null,
      met_at: null,
    })),
    meeting: given.meeting ? { ...given.meeting, sequence: 0 } : null,
    questions: [],
    confirmations: [],
    expectations: given.expectations ? { text: given.expectations, handing: who.opened_by, receiving: null } : null,
    terms: given.terms,
    opened_at: now.toISOString(),
    offered_at: null,
    accepted_at: null,
    ended_at: null,
    updated_at: now.toISOString(),
    ...phaseTime(now, given.terms.prepare_seconds),
    ended_by: null,
    reason: null,
    escalated: null,
    delay: null,
    figures: null,
  };
}

/** Parts that a patch makes other than they are. */
export const changedParts = (handoff: Handoff, patch: PackagePatch) =>
  packageParts.filter(
    (part) => patch[part] !== undefined && JSON.stringify(patch[part]) !== JSON.stringify(handoff.package[part]),
  );

/** The package with other parts. What was understood of a part was its old text, so that has to be confirmed again. */
export function withPackage(handoff: Handoff, patch: PackagePatch, actor: Actor, now: Date): Decision {
  const fault = notHanding(handoff, actor) ?? phaseFault(handoff, ['prepare', 'meeting'], now);
  if (fault) return fault;
  const changed = new Set(changedParts(handoff, patch));
  const parts = packageParts.map((part) => [part, patch[part] ?? handoff.package[part]]);
  const confirmations = handoff.confirmations.filter(({ part }) => !changed.has(part));
  return go(handoff, { package: Object.fromEntries(parts) as Package, confirmations }, now);
}

export function withEvidence(handoff: Handoff, name: string, evidence: string, actor: Actor, now: Date): Decision {
  const fault = notHanding(handoff, actor) ?? phaseFault(handoff, ['prepare'], now);
  if (fault) return fault;
  if (!handoff.prerequisites.some((one) => one.name === name))
    return refuse('NotFound', `The handoff has no prerequisite ${name}.`);
  const proof = { met: true, evidence, met_by: actor.id, met_at: now.toISOString() };
  const prerequisites = handoff.prerequisites.map((one) => (one.name === name ? { ...one, ...proof } : one));
  return go(handoff, { prerequisites }, now);
}

const mostAheadSeconds = 30 * 86_400;

/** Why a meeting cannot be then; `last` is when its phase is over. */
export function meetingFault({ at }: MeetingPlan, last: string | null, pointer: string, now: Date): Fault | undefined {
  const time = new Date(at);
  if (time <= now) return { pointer, detail: 'That time is over.' };
  if (time > addSeconds(now, mostAheadSeconds)) return { pointer, detail: 'A meeting is at most 30 days ahead.' };
  if (last !== null && time > new Date(last)) return { pointer, detail: `It has to be accepted by ${last}.` };
  return undefined;
}

export function withMeeting(handoff: Handoff, plan: MeetingPlan, actor: Actor, now: Date): Decision {
  const fault = notHanding(handoff, actor) ?? phaseFault(handoff, ['prepare', 'meeting'], now);
  if (fault) return fault;
  const last = handoff.phase === 'meeting' ? handoff.deadline : null;
  const wrong = meetingFault(plan, last, '/body/at', now);
  if (wrong) return refuse('InvalidFields', wrong.detail, [wrong]);
  const sequence = handoff.meeting ? handoff.meeting.sequence + 1 : 0;
  return go(handoff, { meeting: { ...plan, sequence } }, now);
}

/**
 * What a handoff lacks, each by its pointer.
 * @param unknown ids of key decisions that name nothing that was recorded
 */
export function missing(handoff: Handoff, unknown: ReadonlySet<string>, now: Date): Fault[] {
  const parts = packageParts
    .filter((part) => handoff.package[part] === null)
    .map((part) => ({ pointer: `/package/${part}`, detail: 'This part of the package is not there.' }));
  const decisions = (handoff.package.key_decisions ?? []).flatMap((id, at) =>
    unknown.has(id)
      ? [{ pointer: `/package/key_decisions/${at}`, detail: `${id} is no decision, and no sealed audit entry.` }]
      : [],
  );
  const prerequisites = handoff.prerequisites.flatMap(({ name, met }, at) =>
    met ? [] : [{ pointer: `/prerequisites/${at}`, detail: `Nothing shows that ${name} is met.` }],
  );
  const { meeting } = handoff;
  const missed = meeting ? meetingFault(meeting, null, '/meeting/at', now) : undefined;
  const meetings = meeting ? (missed ? [missed] : []) : [{ pointer: '/meeting', detail: 'No meeting is scheduled.' }];
  return [...parts, ...decisions, ...prerequisites, ...meetings];
}

/** Offers what is complete. The time to accept begins with the meeting, so that nobody is late before it was. */
export function offered(handoff: Handoff, unknown: ReadonlySet<string>, actor: Actor, now: Date): Decision {
  const fault = notHanding(handoff, actor) ?? phaseFault(handoff, ['prepare'], now);
  if (fault) return fault;
  const faults = missing(handoff, unknown, now);
  if (faults.length > 0 || !handoff.meeting)
    return refuse('HandoffIncomplete', `It lacks ${faults.map(({ pointer }) => pointer).join(', ')}.`, faults);
  const ahead = (new Date(handoff.meeting.at).getTime() - now.getTime()) / 1000;
  const time = phaseTime(now, ahead + handoff.terms.accept_seconds);
  return go(handoff, { phase: 'meeting', offered_at: now.toISOString(), ...time }, now);
}
