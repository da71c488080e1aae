import type { Change } from '../shared/commit.ts';
import { fact, type Fact, type Level } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import * as events from './events.ts';
import type { Conflict, KnowledgeItem } from './contract.ts';
import { contextOf, type Resolved } from './resolution-model.ts';
import { writes } from './store.ts';
import { domainsOf } from './terms-model.ts';

/** A conflict that was raised or detected. */
export const opening = (conflict: Conflict): Change => ({
  writes: writes.open(conflict),
  entries: [
    entryOf(conflict, {
      summary: 'Identified',
      details: {
        context: conflict.context,
        decision: 'identified',
        reasoning: conflict.detected_by ? `Detected by ${conflict.detected_by.event_type}` : `Raised by hand`,
      },
      event: fact(events.conflictIdentified, { ...common(conflict), opened_by: conflict.opened_by }),
    }),
  ],
});

/** The same matter once more. */
export const recurring = (conflict: Conflict, why: string): Change =>
  changing(conflict, {
    summary: `Came up again, ${conflict.recurrences} times by now`,
    details: { decision: 'recurred', reasoning: why },
    event: fact(events.conflictRecurred, { ...common(conflict), recurrences: conflict.recurrences }),
  });

/** The next step, by the clock. */
export const advancing = (conflict: Conflict, from: Conflict['step'], silent: readonly string[]): Change =>
  changing(conflict, {
    summary:
      silent.length > 0 ? `On to ${conflict.step}; ${silent.join(', ')} did not speak` : `On to ${conflict.step}`,
    details: { decision: 'advanced', reasoning: silent.length > 0 ? `The time of ${from} is over.` : '' },
    event: fact(events.conflictAdvanced, { ...common(conflict), from, silent: [...silent] }),
  });

type Saying = { party: string; by: string; complete: boolean };

export const perspectiveSaid = (conflict: Conflict, saying: Saying): Change =>
  changing(conflict, {
    summary: `${saying.party} said how it sees the matter`,
    details: { decision: 'perspective', reasoning: conflict.perspectives.at(-1)?.statement ?? '' },
    event: fact(events.perspectiveGiven, { ...common(conflict), ...saying }),
  });

export const interestsSaid = (conflict: Conflict, saying: Saying): Change =>
  changing(conflict, {
    summary: `${saying.party} said what it needs`,
    details: { decision: 'interests', reasoning: conflict.interests.at(-1)?.interests.join('\n') ?? '' },
    event: fact(events.interestsGiven, { ...common(conflict), ...saying }),
  });

type Choosing = { party: string; by: string; option_id: string };

export const optionMade = (conflict: Conflict, choosing: Choosing): Change => {
  const option = conflict.options.at(-1);
  return changing(conflict, {
    summary: `${choosing.party} proposed: ${option?.title}`,
    details: { decision: 'option', reasoning: option?.description ?? '' },
    event: fact(events.optionProposed, { ...common(conflict), ...choosing }),
  });
};

export const agreementMade = (conflict: Conflict, choosing: Choosing): Change =>
  changing(conflict, {
    summary: `${choosing.party} agrees to ${choosing.option_id}`,
    details: { decision: 'agreed' },
    event: fact(events.optionAgreed, { ...common(conflict), ...choosing }),
  });

/** A level that is to decide, or is asked once more. */
export function escalating(conflict: Conflict, from: Level | null): Change {
  const escalation = escalationOf(conflict);
  const { level, decision_type, renewals } = escalation;
  if (renewals > 0) {
    return changing(conflict, {
      summary: `The ${level} level has not decided; it goes on waiting`,
      details: { decision: 'renewed', reasoning: `Its time was over ${renewals} times.` },
      event: fact(events.conflictUnresolved, { ...common(conflict), level, renewals }),
    });
  }
  return changing(conflict, {
    summary:
      from === null ? `Waits for the ${level} level` : `The ${from} level did not answer; waits for the ${level} level`,
    details: { decision: 'escalated', reasoning: `\`${decision_type}\` by the authority matrix` },
    event: fact(events.conflictEscalated, { ...common(conflict), level, decision_type, from }),
  });
}

export const reminding = (conflict: Conflict): Change => {
  const { level } = escalationOf(conflict);
  return changing(conflict, {
    summary: `Half of the time of the ${level} level is over`,
    details: { decision: 'reminded' },
    event: fact(events.conflictReminded, { ...common(conflict), level }),
  });
};

/** The end, documented: the conflict, what is known from it, and the entry of the decision, in one transaction. */
export const resolving = ({ next, resolution, knowledge }: Omit<Resolved, 'kind'>): Change => ({
  writes: writes.end(next, knowledge),
  entries: [
    {
      ...entryOf(next, {
        summary: `Settled by ${resolution.by}`,
        details: {
          context: contextOf(next),
          options_considered: resolution.options_considered,
          decision: resolution.decision,
          reasoning: [resolution.rationale, ...dissentOf(knowledge)].join('\n'),
        },
        event: fact(events.conflictResolved, {
          ...common(next),
          by: resolution.by,
          level: resolution.level,
          decided_by: resolution.decided_by,
          knowledge_id: knowledge.id,
          related_tasks: next.related_tasks,
        }),
      }),
      id: resolution.entry_id,
      action_type: 'decision',
    },
    knowledgeEntry(next, knowledge),
  ],
});

const dissentOf = ({ dissent }: KnowledgeItem): string[] =>
  dissent.map(({ party, statement }) => `${party} dissents: ${statement}`);

const knowledgeEntry = (conflict: Conflict, item: KnowledgeItem): EntryDraft => ({
  action_type: 'execution',
  domain: conflict.domain,
  subject: `resolution/${item.id}`,
  sequence: 1,
  summary: `Kept as knowledge: ${told(conflict)}`,
  details: { decision: 'recorded', reasoning: `From conflict/${conflict.id}` },
  classification: conflict.classification,
  retention: 'significant',
  event: fact(events.resolutionRecorded, {
    knowledge_id: item.id,
    conflict_id: conflict.id,
    domains: item.domains,
    topic: item.topic,
    concerns: concerned(conflict),
  }),
});

function escalationOf({ id, escalation }: Conflict) {
  if (!escalation) throw new Error(`${id} is not escalated`);
  return escalation;
}

type Said = Pick<EntryDraft, 'summary' | 'details'> & { event: Fact };

const changing = (conflict: Conflict, said: Said): Change => ({
  writes: writes.change(conflict),
  entries: [entryOf(conflict, said)],
});

const entryOf = (conflict: Conflict, { summary, details, event }: Said): EntryDraft => ({
  action_type: conflict.step === 'escalated' ? 'escalation' : 'execution',
  domain: conflict.domain,
  subject: `conflict/${conflict.id}`,
  sequence: conflict.version,
  summary: `${summary}: ${conflict.summary}`,
  details: { ...details, outcome: conflict.step },
  classification: conflict.classification,
  related_tasks: conflict.related_tasks,
  retention: 'significant',
  event,
});

/** Domains that a conflict concerns: those of its parties, and the enterprise where that decides. */
const concerned = (conflict: Conflict): string[] => {
  const level = conflict.escalation?.level ?? 'domain';
  const above = conflict.domain === 'enterprise' || level !== 'domain' ? ['enterprise'] : [];
  return [...new Set([...domainsOf(conflict), ...above])];
};

/** Events go to people by mail too, where nothing sensitive may lie. */
const told = ({ classification, summary }: Conflict): string =>
  classification === 'sensitive' ? '(sensitive)' : summary;

const common = (conflict: Conflict) => ({
  conflict_id: conflict.id,
  conflict_type: conflict.type,
  subject: conflict.subject,
  step: conflict.step,
  turn: conflict.turn,
  due_at: conflict.due_at,
  summary: told(conflict),
  parties: conflict.parties.map(({ id }) => id),
  concerns: concerned(conflict),
});
