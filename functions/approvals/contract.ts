import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { EscalationId, PrincipalId } from '../shared/ids.ts';
import { Ballot, Escalation } from './escalation-contract.ts';
import { Message, MessageId } from './inbox-contract.ts';

export * from './break-glass-contract.ts';
export * from './delegation-contract.ts';
export * from './escalation-contract.ts';
export * from './events.ts';
export * from './inbox-contract.ts';

const oneEscalation = z.strictObject({ id: EscalationId });
const inbox = z.strictObject({ id: PrincipalId });

const escalationRoutes = defineRoutes({
  listEscalations: {
    method: 'GET',
    path: '/escalations',
    summary: 'Open escalations that wait for the level of the caller, oldest first',
    scope: 'approvals:read',
    query: PageQuery,
    ok: pageOf(Escalation),
    errors: ['InvalidCursor'],
  },
  getEscalation: {
    method: 'GET',
    path: '/escalations/{id}',
    summary: 'One escalation, with its votes and clocks',
    scope: 'approvals:read',
    params: oneEscalation,
    ok: Escalation,
    etag: true,
    errors: ['NotFound'],
  },
  vote: {
    method: 'POST',
    path: '/escalations/{id}/votes',
    summary: 'Approve, reject or return the very request that the digest names',
    scope: 'approvals:write',
    params: oneEscalation,
    body: Ballot,
    ok: Escalation,
    status: 201,
    errors: [
      'NotFound',
      'DigestMismatch',
      'OwnRequest',
      'NotThisLevel',
      'DelegationRefused',
      'AlreadyVoted',
      'EscalationClosed',
      'VersionConflict',
    ],
  },
  cancelEscalation: {
    method: 'POST',
    path: '/escalations/{id}/cancellation',
    summary: 'Withdraw a request of your own',
    scope: 'decisions:write',
    params: oneEscalation,
    body: z.strictObject({ reason: z.string().trim().min(1).max(2_000) }).meta({ id: 'Cancellation' }),
    ok: Escalation,
    errors: ['NotFound', 'NotTheRequester', 'EscalationClosed', 'VersionConflict'],
  },
});

const inboxRoutes = defineRoutes({
  listMessages: {
    method: 'GET',
    path: '/agents/{id}/inbox',
    summary: 'What a principal must hear of, newest first',
    scope: 'approvals:read',
    params: inbox,
    query: PageQuery.extend({
      unread: z.literal(['true', 'false']).default('false').meta({ description: 'Only what is not acknowledged.' }),
    }),
    ok: pageOf(Message),
    errors: ['NotFound', 'InvalidCursor'],
  },
  acknowledgeMessage: {
    method: 'POST',
    path: '/agents/{id}/inbox/{message}/acknowledgement',
    summary: 'Say that a message was taken in',
    scope: 'decisions:write',
    params: inbox.extend({ message: MessageId }),
    ok: Message,
    errors: ['NotFound', 'NotTheRecipient', 'MessageAcknowledged', 'VersionConflict'],
  },
});

export const routes = { ...escalationRoutes, ...inboxRoutes };
