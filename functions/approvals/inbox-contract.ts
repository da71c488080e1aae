import * as z from 'zod';
import { Approval } from '../authority/contract.ts';
import { Classification } from '../shared/contract.ts';
import { EntryId, PrincipalId, Timestamp } from '../shared/ids.ts';
import type { Change } from '../shared/commit.ts';

export const MessageId = z
  .string()
  .regex(/^msg_[a-z0-9_-]{1,100}$/)
  .meta({ id: 'MessageId' });

/** What a message is about, so that an agent knows what to do without reading it. */
export const MessageKind = z
  .literal([
    'escalation_ended',
    'escalation_waits',
    'escalation_reminder',
    'agent_unreachable',
    'task_assigned',
    'task_withdrawn',
    'task_unblocked',
    'task_overdue',
    'dependency_registered',
    'dependency_tracked',
    'dependency_at_risk',
    'dependency_delayed',
    'dependency_resolved',
    'dependency_confirmed',
    'dependency_returned',
    'dependency_withdrawn',
    'handoff_prepared',
    'handoff_offered',
    'handoff_reminder',
    'handoff_question',
    'handoff_answer',
    'handoff_ended',
    'handoff_escalated',
    'conflict_opened',
    'conflict_turn',
    'conflict_escalated',
    'conflict_resolved',
  ])
  .meta({ id: 'MessageKind' });
export type MessageKind = z.output<typeof MessageKind>;

/** Something that a principal must hear of, whatever it is doing now and wherever it was moved. */
export const Message = z
  .strictObject({
    id: MessageId,
    version: z.int().min(1),
    to: PrincipalId,
    kind: MessageKind,
    about: z
      .string()
      .meta({ description: 'Subject of the audit trail, `<kind>/<id>`.', example: 'escalation/esc_0192' }),
    summary: z.string(),
    approval: Approval.nullable().meta({ description: 'How an escalation ended.' }),
    due_at: Timestamp.nullable().meta({ description: 'When an answer is due.' }),
    classification: Classification,
    entry_id: EntryId.meta({ description: 'Audit entry of the delivery.' }),
    delivered_at: Timestamp,
    acknowledged_at: Timestamp.nullable(),
  })
  .meta({ id: 'Message' });
export type Message = z.output<typeof Message>;

/** A message as its sender gives it. Its id makes it one: delivered again, it is refused as existing. */
export type MessageDraft = Omit<Message, 'version' | 'entry_id' | 'delivered_at' | 'acknowledged_at'>;

/** What other slices ask of inboxes: to put messages there, in the transaction of what they tell of. */
export type InboxPort = { deliver: (drafts: readonly MessageDraft[], domain: string, now: Date) => Change };
