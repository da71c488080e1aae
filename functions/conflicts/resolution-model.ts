import { levels } from '../shared/contract.ts';
import type { Actor } from '../shared/principal.ts';
import type { Conflict, KnowledgeItem, NewResolution, Resolution } from './contract.ts';
import { type Refusal, refuse, revised, speaksFor } from './model.ts';
import { domainsOf } from './terms-model.ts';

/** The end of a conflict: its resolution, and what is known from it. There is no other way to an end. */
export type Resolved = { kind: 'resolved'; next: Conflict; resolution: Resolution; knowledge: KnowledgeItem };

/** Ids of what an end writes. */
export type Ids = { knowledge: string; entry: string };

type Decided = Pick<Resolution, 'by' | 'decision' | 'option_id' | 'rationale' | 'dissent' | 'decided_by' | 'level'>;

type Decider = Pick<Actor, 'id' | 'kind' | 'level' | 'domain' | 'roles'>;

/** What a level decides for the parties. Nobody who speaks for one of them may. */
export function decideResolution(
  conflict: Conflict,
  by: Decider,
  given: NewResolution,
  at: { now: Date; ids: Ids },
): Resolved | Refusal {
  if (speaksFor(conflict, by.id).length > 0) return refuse('OwnConflict', `${by.id} speaks for a party.`);
  const fault = standingFault(conflict, by) ?? stateFault(conflict);
  if (fault) return fault;
  const option = conflict.options.find(({ id }) => id === given.option_id);
  if (given.option_id !== undefined && !option) return refuse('NotFound', `There is no option ${given.option_id}.`);
  const strange = given.dissent.find(({ party }) => !conflict.parties.some(({ id }) => id === party));
  if (strange) return refuse('NotFound', `There is no party ${strange.party}.`);
  return resolved(
    revised(conflict, {}),
    {
      by: 'authority',
      decision: given.decision ?? (option ? textOf(option) : ''),
      option_id: option?.id ?? null,
      rationale: given.rationale,
      dissent: given.dissent,
      decided_by: [by.id],
      level: by.level,
    },
    at,
  );
}

/**
 * What all parties agreed to.
 * @param conflict already carries the version that the last agreement makes: it is the end, too
 */
export function agreedOn(conflict: Conflict, optionId: string, at: { now: Date; ids: Ids }): Resolved {
  const option = conflict.options.find(({ id }) => id === optionId);
  if (!option) throw new Error(`${conflict.id} has no ${optionId}`);
  const served = option.serves.length > 0 ? ` It serves: ${option.serves.join('; ')}.` : '';
  const decided_by = [...new Set(conflict.agreements.map(({ by }) => by))];
  const rationale = `All parties agreed to what ${option.party} proposed.${served}`;
  const decision = textOf(option);
  const decided: Decided = {
    by: 'agreement',
    decision,
    option_id: option.id,
    rationale,
    dissent: [],
    decided_by,
    level: null,
  };
  return resolved(conflict, decided, at);
}

const textOf = ({ title, description }: Conflict['options'][number]): string => `${title}: ${description}`;

function stateFault(conflict: Conflict): Refusal | undefined {
  switch (conflict.step) {
    case 'identified':
    case 'perspectives':
    case 'interests':
      return refuse('PerspectivesMissing', `It is at ${conflict.step} until ${conflict.due_at}.`);
    case 'options':
      return refuse('StepOutOfOrder', `Its parties have time to agree until ${conflict.due_at}.`);
    case 'escalated':
      return undefined;
    case 'documented':
      return refuse('ConflictClosed', `It was settled at ${conflict.closed_at}.`);
  }
}

/** Whether a principal stands at the level that a conflict waits for, or above it; before it does, at the lowest. */
function standingFault(conflict: Conflict, by: Decider): Refusal | undefined {
  const level = conflict.escalation?.level ?? 'domain';
  const judges = by.kind !== 'human' || by.roles.includes('board_member');
  const isHome = levels.indexOf(by.level) > levels.indexOf('domain') || by.domain === seatOf(conflict);
  if (judges && isHome && levels.indexOf(by.level) >= levels.indexOf(level)) return undefined;
  return refuse('NotThisLevel', `It waits for the ${level} level.`);
}

/** The domain whose orchestrator decides, where the domain level does. */
export const seatOf = ({ parties }: Pick<Conflict, 'parties'>): string => parties[0]?.domain ?? '';

/** @param conflict already carries its next version */
function resolved(conflict: Conflict, decided: Decided, { now, ids }: { now: Date; ids: Ids }): Resolved {
  const resolution: Resolution = {
    ...decided,
    options_considered: conflict.options.map(({ title }) => title),
    perspectives: conflict.perspectives.map(({ party, statement }) => ({ party, statement })),
    knowledge_id: ids.knowledge,
    entry_id: ids.entry,
    decided_at: now.toISOString(),
  };
  const end = { step: 'documented' as const, due_at: null, resolution, closed_at: now.toISOString() };
  const next = { ...conflict, ...end, turn: conflict.turn + 1 };
  return { kind: 'resolved', next, resolution, knowledge: knowledgeFrom(next, resolution) };
}

/** What the matter was, as its parties saw it. */
export const contextOf = ({ summary, context, perspectives }: Conflict): string =>
  [summary, context, ...perspectives.map(({ party, statement }) => `${party}: ${statement}`)]
    .filter((line) => line !== '')
    .join('\n');

const knowledgeFrom = (conflict: Conflict, resolution: Resolution): KnowledgeItem => ({
  id: resolution.knowledge_id,
  version: 1,
  kind: 'decision',
  domains: domainsOf(conflict),
  topic: conflict.subject.slice(0, conflict.subject.indexOf('/')),
  title: conflict.summary,
  context: contextOf(conflict),
  options: resolution.options_considered,
  decision: resolution.decision,
  rationale: resolution.rationale,
  dissent: resolution.dissent,
  decided_by: resolution.decided_by,
  level: resolution.level,
  by: resolution.by,
  source: { conflict_id: conflict.id, entry_id: resolution.entry_id },
  subject: conflict.subject,
  related_tasks: conflict.related_tasks,
  classification: conflict.classification,
  created_at: resolution.decided_at,
});
