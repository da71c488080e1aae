import { addSeconds } from '../shared/clock.ts';
import type { ProblemCode } from '../shared/errors.ts';
import {
  type Conflict,
  type ConflictStep,
  conflictSteps,
  type NewAgreement,
  type NewInterests,
  type NewOption,
  type NewPerspective,
  type Party,
} from './contract.ts';
import { domainsOf } from './terms-model.ts';

export type Refusal = { kind: 'refuse'; why: ProblemCode; detail: string };
export const refuse = (why: ProblemCode, detail: string): Refusal => ({ kind: 'refuse', why, detail });

/** A conflict one version on, with the party that spoke; `complete` when it was the last one of the step. */
export type Spoken = { kind: 'spoken'; next: Conflict; party: string; complete: boolean };

type Beginning = Pick<
  Conflict,
  | 'id'
  | 'type'
  | 'subject'
  | 'summary'
  | 'context'
  | 'classification'
  | 'urgency'
  | 'parties'
  | 'related_tasks'
  | 'opened_by'
  | 'detected_by'
  | 'terms'
>;

/** A conflict as it begins. The time of the first step runs from here on, whether or not its clock does. */
export const opened = (given: Beginning, now: Date): Conflict => ({
  ...given,
  version: 1,
  domain: homeOf(given),
  recurrences: 0,
  step: 'identified',
  turn: 0,
  opened_at: now.toISOString(),
  due_at: addSeconds(now, given.terms.perspectives).toISOString(),
  perspectives: [],
  interests: [],
  silent: [],
  options: [],
  agreements: [],
  escalation: null,
  resolution: null,
  closed_at: null,
});

/** The domain that all parties are of; a conflict across domains belongs to the enterprise. */
function homeOf(conflict: Pick<Conflict, 'parties'>): string {
  const [only = 'enterprise', ...others] = domainsOf(conflict);
  return others.length > 0 ? 'enterprise' : only;
}

export const revised = (conflict: Conflict, change: Partial<Conflict>): Conflict => ({
  ...conflict,
  ...change,
  version: conflict.version + 1,
});

/** The conflict once its parties are asked for their perspectives; undefined when they were already. */
export const begun = (conflict: Conflict): Conflict | undefined =>
  conflict.step === 'identified' ? revised(conflict, { step: 'perspectives' }) : undefined;

/** The conflict with what came up again; undefined when it is over, or when enough was noted. */
export function recurred(conflict: Conflict, tasks: readonly string[]): Conflict | undefined {
  if (conflict.step === 'documented' || conflict.recurrences >= 20) return undefined;
  const related_tasks = [...new Set([...conflict.related_tasks, ...tasks])].slice(0, 10);
  return revised(conflict, { recurrences: conflict.recurrences + 1, related_tasks });
}

export const speaksFor = ({ parties }: Pick<Conflict, 'parties'>, id: string): Party[] =>
  parties.filter(({ speakers }) => speakers.includes(id));

const place = (step: ConflictStep): number => conflictSteps.indexOf(step);

/** Who has not spoken in a step yet. */
export const missing = (conflict: Conflict, step: 'perspectives' | 'interests'): string[] => {
  const heard = new Set(conflict[step].map(({ party }) => party));
  return conflict.parties.map(({ id }) => id).filter((id) => !heard.has(id));
};

/** Whether the conflict is at a step now; one that is only identified is at the first of them. */
function stepFault(conflict: Conflict, wanted: readonly ConflictStep[]): Refusal | undefined {
  const at = conflict.step === 'identified' ? 'perspectives' : conflict.step;
  if (at === 'documented') return refuse('ConflictClosed', `It was settled at ${conflict.closed_at}.`);
  if (wanted.includes(at)) return undefined;
  if (place(at) > place(wanted[0] ?? at)) return refuse('StepOutOfOrder', `It is at ${at}.`);
  const silent = at === 'perspectives' || at === 'interests' ? missing(conflict, at) : [];
  return refuse(
    'PerspectivesMissing',
    `It is at ${at} until ${conflict.due_at}; ${silent.join(', ')} did not speak yet.`,
  );
}

/** The parties that a caller speaks for: the one that it names, or all of them. */
function partiesOf(conflict: Conflict, by: string, named: string | undefined): Party[] {
  return speaksFor(conflict, by).filter(({ id }) => named === undefined || named === id);
}

const stranger = (by: string, named: string | undefined): Refusal =>
  refuse('NotAParty', named === undefined ? `${by} speaks for no party.` : `${by} does not speak for ${named}.`);

/** The next step, whose time begins now. */
export const entered = (conflict: Conflict, step: 'interests' | 'options', now: Date) => ({
  step,
  turn: conflict.turn + 1,
  due_at: addSeconds(now, conflict.terms[step]).toISOString(),
});

/** What a party says how it sees the matter. The last one that speaks ends the step. */
export function decidePerspective(conflict: Conflict, by: string, given: NewPerspective, now: Date): Spoken | Refusal {
  const found = decideTurn(conflict, by, given.party, 'perspectives');
  if (found.kind === 'refuse') return found;
  const { statement, evidence } = given;
  const perspective = { party: found.party, by, at: now.toISOString(), statement, evidence };
  const next = revised(conflict, { step: 'perspectives', perspectives: [...conflict.perspectives, perspective] });
  const complete = missing(next, 'perspectives').length === 0;
  return { ...found, next: complete ? { ...next, ...entered(conflict, 'interests', now) } : next, complete };
}

/** What a party needs. The last one that speaks ends the step. */
export function decideInterests(conflict: Conflict, by: string, given: NewInterests, now: Date): Spoken | Refusal {
  const found = decideTurn(conflict, by, given.party, 'interests');
  if (found.kind === 'refuse') return found;
  const said = { party: found.party, by, at: now.toISOString(), interests: given.interests };
  const next = revised(conflict, { interests: [...conflict.interests, said] });
  const complete = missing(next, 'interests').length === 0;
  return { ...found, next: complete ? { ...next, ...entered(conflict, 'options', now) } : next, complete };
}

function decideTurn(
  conflict: Conflict,
  by: string,
  named: string | undefined,
  step: 'perspectives' | 'interests',
): { kind: 'spoken'; party: string } | Refusal {
  const mine = partiesOf(conflict, by, named);
  if (mine.length === 0) return stranger(by, named);
  const fault = stepFault(conflict, [step]);
  // Its own word ended the step, or it comes again within it: either way it is said.
  const waiting = new Set(missing(conflict, step));
  const party = mine.find(({ id }) => waiting.has(id));
  const spoke = conflict[step].find((one) => mine.some(({ id }) => id === one.party));
  if (!party && spoke && fault?.why !== 'ConflictClosed')
    return refuse('AlreadySpoken', `${spoke.by} spoke for ${spoke.party} at ${spoke.at}.`);
  if (fault) return fault;
  return party ? { kind: 'spoken', party: party.id } : stranger(by, named);
}

/** One more way to settle the matter, by any party, once all were heard. */
export function decideOption(conflict: Conflict, by: string, given: NewOption, now: Date): Spoken | Refusal {
  const [party] = partiesOf(conflict, by, given.party);
  if (!party) return stranger(by, given.party);
  const fault = stepFault(conflict, ['options']);
  if (fault) return fault;
  if (conflict.options.length >= 20) return refuse('StepOutOfOrder', 'It has 20 options: agree to one of them.');
  const { title, description, serves } = given;
  const id = `opt_${conflict.options.length + 1}`;
  const option = { id, party: party.id, by, at: now.toISOString(), title, description, serves };
  const next = revised(conflict, { options: [...conflict.options, option] });
  return { kind: 'spoken', next, party: party.id, complete: false };
}

/**
 * A party that agrees to an option. It may come to another mind, also while a level is to decide; when all parties are of one
 * mind, `complete` says that the conflict is to be settled so.
 */
export function decideAgreement(conflict: Conflict, by: string, given: NewAgreement, now: Date): Spoken | Refusal {
  const mine = partiesOf(conflict, by, given.party);
  if (mine.length === 0) return stranger(by, given.party);
  const fault = stepFault(conflict, ['options', 'escalated']);
  if (fault) return fault;
  if (!conflict.options.some(({ id }) => id === given.option_id))
    return refuse('NotFound', `There is no option ${given.option_id}.`);
  const agreedTo = new Map(conflict.agreements.map(({ party, option_id }) => [party, option_id]));
  const party = mine.find(({ id }) => agreedTo.get(id) !== given.option_id);
  if (!party) return refuse('AlreadySpoken', `${mine[0]?.id} agreed to ${given.option_id} already.`);
  const agreement = { party: party.id, by, at: now.toISOString(), option_id: given.option_id };
  const agreements = [...conflict.agreements.filter((one) => one.party !== party.id), agreement];
  const complete = conflict.parties.every(({ id }) =>
    agreements.some((one) => one.party === id && one.option_id === given.option_id),
  );
  return { kind: 'spoken', next: revised(conflict, { agreements }), party: party.id, complete };
}
