import { expect } from 'vitest';
import { escalated, redeem, voteOn } from './approvals.ts';
import { humansWith } from './organization.ts';

/**
 * The id of an allowed decision of a type about a resource, as people come by one: a board member proposes it, another one
 * approves the very request, and the first redeems the approval.
 */
export async function mandateFor(type: string, resource: { type: string; id: string }): Promise<string> {
  const [proposer = '', approver = ''] = humansWith('board_member');
  const asked = await escalated({ as: proposer, type, more: { resource } });
  const voted = await voteOn(asked, approver);
  const redeemed = await redeem(asked, proposer);
  expect(redeemed.status, `${voted.text}\n${redeemed.text}`).toBe(200);
  return asked.decision.id as string;
}
