import type { Change } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import { newId } from '../shared/ids.ts';
import { type Escalation, type Message, type MessageDraft, messageDelivered } from './contract.ts';
import { inboxWrites } from './inbox-store.ts';

const uuidOf = ({ id }: Escalation): string => id.slice('esc_'.length);

/** That a request came to its end. One per escalation: whatever is repeated, it is delivered once. */
export const endOf = (escalation: Escalation): MessageDraft => ({
  id: `msg_${uuidOf(escalation)}-ended`,
  to: escalation.requested_by,
  kind: 'escalation_ended',
  about: `escalation/${escalation.id}`,
  summary: escalation.summary,
  approval: approvalOf(escalation),
  due_at: escalation.approval_expires_at,
  classification: escalation.classification,
});

/** That a request waits, for those of the level that decide it. One per principal and round, and one reminder. */
export const waitingFor = (
  escalation: Escalation,
  kind: 'escalation_waits' | 'escalation_reminder',
  to: readonly string[],
): MessageDraft[] =>
  to.map((one) => ({
    id: `msg_${uuidOf(escalation)}-${kind === 'escalation_waits' ? 'waits' : 'reminder'}-${escalation.round}`,
    to: one,
    kind,
    about: `escalation/${escalation.id}`,
    summary: escalation.summary,
    approval: null,
    due_at: escalation.level_deadline,
    classification: escalation.classification,
  }));

/** A reason beyond its escalation: what people write about a natural person does not travel. */
export const reasonOf = ({ about_person, closing_reason }: Escalation): string | null =>
  about_person && closing_reason !== null ? '(about a natural person)' : closing_reason;

/** How an escalation stands, for its requester. */
export const approvalOf = (escalation: Escalation) => ({
  state: escalation.state,
  reason: reasonOf(escalation),
  expires_at: escalation.approval_expires_at,
});

/** Puts messages into inboxes. */
export function delivery(drafts: readonly MessageDraft[], domain: string, now: Date): Change {
  const messages = drafts.map((draft): Message => ({
    ...draft,
    version: 1,
    entry_id: newId(now),
    delivered_at: now.toISOString(),
    acknowledged_at: null,
  }));
  const entries = messages.map((message) => ({
    id: message.entry_id,
    action_type: 'escalation' as const,
    domain,
    subject: subjectOf(message),
    sequence: 1,
    summary: `Delivered to ${message.to}: ${message.summary}`,
    details: { outcome: message.approval?.state ?? message.kind },
    classification: message.classification,
    event: fact(messageDelivered, {
      message_id: message.id,
      to: message.to,
      about: message.about,
      kind: message.kind,
      concerns: [domain],
    }),
  }));
  return { writes: messages.map(inboxWrites.deliver), entries };
}

/** What the audit trail calls a message. */
export const subjectOf = ({ to, id }: Pick<Message, 'to' | 'id'>): string => `message/${to}/${id}`;
