import { fact } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { type Message, messageAcknowledged, type routes } from '../contract.ts';
import { type Inboxes, inboxWrites } from '../inbox-store.ts';
import { subjectOf } from '../messages.ts';

/** Records that a principal took a message in, once, by itself. */
export async function acknowledgeMessage(
  { inboxes }: { inboxes: Inboxes },
  { actor, params, now, commit }: Call<(typeof routes)['acknowledgeMessage']>,
): Promise<Message> {
  if (params.id !== actor.id) throw new Problem('NotTheRecipient', `The inbox is that of ${params.id}.`);
  const message = await inboxes.message(params.id, params.message);
  if (!message) throw new Problem('NotFound', `There is no message ${params.message}.`);
  if (message.acknowledged_at !== null) throw new Problem('MessageAcknowledged', `At ${message.acknowledged_at}.`);
  const next = { ...message, version: message.version + 1, acknowledged_at: now.toISOString() };
  const entry = {
    action_type: 'execution' as const,
    domain: actor.domain,
    subject: subjectOf(next),
    sequence: next.version,
    summary: `Acknowledged by ${actor.id}: ${next.summary}`,
    details: { outcome: 'acknowledged' },
    classification: next.classification,
    event: fact(messageAcknowledged, {
      message_id: next.id,
      to: next.to,
      about: next.about,
      concerns: [actor.domain],
    }),
  };
  return commit({ writes: [inboxWrites.acknowledge(next)], entries: [entry] }, next);
}
