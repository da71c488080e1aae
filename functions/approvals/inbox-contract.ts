import * as z from 'zod';
import { Approval } from '../authority/contract.ts';
import { Classification } from '../shared/contract.ts';
import { EntryId, PrincipalId, Timestamp } from '../shared/ids.ts';

export const MessageId = z
  .string()
  .regex(/^msg_[a-z0-9_-]{1,100}$/)
  .meta({ id: 'MessageId' });

/** Something that a principal must hear of, whatever it is doing now and wherever it was moved. */
export const Message = z
  .strictObject({
    id: MessageId,
    version: z.int().min(1),
    to: PrincipalId,
    kind: z.literal(['escalation_ended', 'escalation_waits', 'escalation_reminder']),
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
