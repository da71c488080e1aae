import type { MessageDraft } from '../approvals/contract.ts';
import type { Conflict } from './contract.ts';

type Kind = Extract<
  MessageDraft['kind'],
  'conflict_opened' | 'conflict_turn' | 'conflict_escalated' | 'conflict_resolved'
>;

/** Everybody who speaks for a party. */
export const speakersOf = ({ parties }: Pick<Conflict, 'parties'>): string[] => [
  ...new Set(parties.flatMap(({ speakers }) => speakers)),
];

/**
 * Messages about a conflict. One per principal and name: whatever is repeated, it is delivered once.
 * @param name of the moment, within the conflict
 */
const messages = (conflict: Conflict, to: readonly string[], kind: Kind, name: string): MessageDraft[] =>
  [...new Set(to)].map((one) => ({
    id: `msg_${conflict.id.slice('cnf_'.length)}-${name}`,
    to: one,
    kind,
    about: `conflict/${conflict.id}`,
    summary: conflict.summary,
    approval: null,
    due_at: conflict.due_at,
    classification: conflict.classification,
  }));

/** That there is a conflict, and that its parties are to say how they see it. */
export const openedTo = (conflict: Conflict): MessageDraft[] =>
  messages(conflict, speakersOf(conflict), 'conflict_opened', 'opened');

/** That the next step has begun. */
export const turnTo = (conflict: Conflict): MessageDraft[] =>
  messages(conflict, speakersOf(conflict), 'conflict_turn', `turn-${conflict.turn}`);

/** That a level decides: for those who do, and for the parties. */
export const escalatedTo = (conflict: Conflict, deciders: readonly string[]): MessageDraft[] =>
  messages(conflict, [...deciders, ...speakersOf(conflict)], 'conflict_escalated', `escalated-${conflict.turn}`);

export const reminderTo = (conflict: Conflict, deciders: readonly string[]): MessageDraft[] =>
  messages(conflict, deciders, 'conflict_escalated', `reminder-${conflict.turn}`);

/** How it ended: for the parties, and for whoever raised it. */
export const resolvedTo = (conflict: Conflict): MessageDraft[] => {
  const raised = conflict.detected_by === null ? [conflict.opened_by] : [];
  return messages(conflict, [...speakersOf(conflict), ...raised], 'conflict_resolved', 'resolved');
};
