import { addSeconds } from '../../functions/shared/clock.ts';
import { enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { call, type Reply } from '../support/world.ts';
import type { Cast } from './fuzz-requests.ts';

type Make = (path: string, body: unknown, as?: string) => Promise<Reply>;
type Asked = { id: string; decision: string; digest: string };

const domain = orchestratorOf('product');
const reason = 'Nobody else can be reached at this hour.';

/**
 * Escalations to vote on, to cancel and to redeem, delegations and reviews. The escalations ask for the same, so that
 * they bind the same digest, and a body fits any of them.
 */
export async function approvalsCast(make: Make, actor: string) {
  const proposal = aProposal('scope_change', { summary: 'Fuzz' });
  const several = async <T>(n: number, one: () => Promise<T>): Promise<T[]> => {
    const all: T[] = [];
    for (let at = 0; at < n; at += 1) all.push(await one());
    return all;
  };
  const asked = await several(34, async (): Promise<Asked> => {
    const { body } = await make('/decisions', proposal, actor);
    const { body: escalation } = await call('GET', `/escalations/${body.escalation_id}`, { as: actor });
    return { id: escalation.id, decision: body.id, digest: escalation.request_digest };
  });
  const ballot = { vote: 'approve', reason: 'Fuzz', request_digest: asked[0]?.digest ?? '' };
  const alone = ({ id, digest }: Asked) => ({ escalation_id: id, request_digest: digest, reason, minutes: 9 });
  const [open, approved, glass] = [asked.slice(0, 20), asked.slice(20, 26), asked.slice(26)];
  for (const { id } of approved) await make(`/escalations/${id}/votes`, ballot, domain);
  const reviews: string[] = [];
  for (const one of glass.slice(0, 4)) reviews.push((await make('/break-glass', alone(one))).body.id as string);
  const until = addSeconds(new Date(), 86_400).toISOString();
  const delegation = { to: enterpriseOrchestrator, types: ['resource_request'], expires_at: until };
  const delegations = await several(6, async () => (await make('/delegations', delegation, domain)).body.id as string);
  const { body: inbox } = await call('GET', `/agents/${actor}/inbox`, { as: actor });
  const messages = inbox.items.map(({ id }: { id: string }) => id) as string[];
  const acknowledgement = '/v1/agents/{id}/inbox/{message}/acknowledgement';
  const left = glass.slice(4);
  return {
    entitled: {
      vote: domain,
      cancelEscalation: actor,
      redeemApproval: actor,
      listMessages: actor,
      acknowledgeMessage: actor,
      delegate: domain,
      revokeDelegation: domain,
      closeReview: humanWith('auditor'),
    },
    known: {
      EscalationId: open.map(({ id }) => id),
      DelegationId: delegations,
      BreakGlassId: reviews,
      MessageId: messages,
    },
    ids: {
      '/v1/decisions/{id}/redemption': approved.map(({ decision }) => decision),
      '/v1/agents/{id}/inbox': [actor],
      [`${acknowledgement}#id`]: [actor],
      [`${acknowledgement}#message`]: messages,
    },
    bodies: {
      vote: () => ballot,
      redeemApproval: () => proposal,
      delegate: () => delegation,
      breakGlass: (n) => alone(left[n % left.length] ?? asked[0] ?? { id: '', decision: '', digest: '' }),
    },
  } satisfies Pick<Cast, 'entitled' | 'known' | 'ids' | 'bodies'>;
}
