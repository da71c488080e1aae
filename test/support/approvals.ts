import { expect } from 'vitest';
import { aProposal } from './proposals.ts';
import { call, type Reply } from './world.ts';

type Options = { as: string; type?: string; more?: Record<string, unknown> };

/** An escalated decision, its escalation, and the proposal that they are about. */
export type Escalated = { decision: Reply['body']; escalation: Reply['body']; proposal: Record<string, unknown> };

/** Proposes what must be escalated. */
export async function escalated({ as, type = 'scope_change', more = {} }: Options): Promise<Escalated> {
  const proposal = aProposal(type, more);
  const { body: decision, text } = await call('POST', '/decisions', { as, body: proposal });
  expect(decision.verdict, text).toBe('escalated');
  const { body: escalation } = await call('GET', `/escalations/${decision.escalation_id}`, { as });
  return { decision, escalation, proposal };
}

/** A vote for the request as it stands, unless `more` says otherwise. */
export const voteOn = (
  { escalation }: Pick<Escalated, 'escalation'>,
  as: string,
  vote = 'approve',
  more: Record<string, unknown> = {},
): Promise<Reply> =>
  call('POST', `/escalations/${escalation.id}/votes`, {
    as,
    body: { vote, reason: 'Seen and weighed.', request_digest: escalation.request_digest, ...more },
  });

/** Redeems the approval of a decision with the proposal given. */
export const redeem = ({ decision, proposal }: Escalated, as: string, body: unknown = proposal): Promise<Reply> =>
  call('POST', `/decisions/${decision.id}/redemption`, { as, body });

/** Messages about a subject in the inbox of a principal, newest first. */
export async function messagesAbout(subject: string, owner: string): Promise<Reply['body'][]> {
  const { body, text } = await call('GET', `/agents/${owner}/inbox?limit=100`, { as: owner });
  expect(body.items, text).toBeDefined();
  return body.items.filter(({ about }: { about: string }) => about === subject);
}
