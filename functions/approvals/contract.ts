import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { BreakGlassId, DelegationId, EscalationId, PrincipalId } from '../shared/ids.ts';
import { BreakGlass, NewBreakGlass, ReviewClosure } from './break-glass-contract.ts';
import { Delegation, NewDelegation } from './delegation-contract.ts';
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

const delegationRoutes = defineRoutes({
  delegate: {
    method: 'POST',
    path: '/delegations',
    summary: 'Let another principal decide with the authority of the caller, within bounds and until a day',
    scope: 'approvals:write',
    body: NewDelegation,
    ok: Delegation,
    status: 201,
    errors: ['DelegationRefused', 'DelegationTooWide'],
  },
  listDelegations: {
    method: 'GET',
    path: '/delegations',
    summary: 'Delegations that the caller gave or has, newest first',
    scope: 'approvals:read',
    query: PageQuery.extend({ which: z.literal(['given', 'had']).default('given') }),
    ok: pageOf(Delegation),
    errors: ['InvalidCursor'],
  },
  revokeDelegation: {
    method: 'POST',
    path: '/delegations/{id}/revocation',
    summary: 'Take a delegation back, and all that follow from it',
    scope: 'approvals:write',
    params: z.strictObject({ id: DelegationId }),
    ok: Delegation,
    errors: ['NotFound', 'DelegationRefused', 'DelegationRevoked', 'VersionConflict'],
  },
});

const oneReview = z.strictObject({ id: BreakGlassId });

const breakGlassRoutes = defineRoutes({
  breakGlass: {
    method: 'POST',
    path: '/break-glass',
    summary: 'Approve alone what no quorum can be had for; somebody else reviews it',
    scope: 'approvals:write',
    principals: ['human'],
    body: NewBreakGlass,
    ok: BreakGlass,
    status: 201,
    errors: [
      'NotFound',
      'RoleMissing',
      'EscalationClosed',
      'DigestMismatch',
      'BreakGlassRefused',
      'BreakGlassNotNeeded',
      'ReviewOpen',
      'VersionConflict',
    ],
  },
  listReviews: {
    method: 'GET',
    path: '/break-glass',
    summary: 'Reviews that are open, soonest due first',
    scope: 'approvals:read',
    principals: ['enterprise_orchestrator', 'human'],
    query: PageQuery,
    ok: pageOf(BreakGlass),
    errors: ['InvalidCursor'],
  },
  getReview: {
    method: 'GET',
    path: '/break-glass/{id}',
    summary: 'One break-glass with its review',
    scope: 'approvals:read',
    principals: ['enterprise_orchestrator', 'human'],
    params: oneReview,
    ok: BreakGlass,
    etag: true,
    errors: ['NotFound'],
  },
  closeReview: {
    method: 'POST',
    path: '/break-glass/{id}/closure',
    summary: 'Close the review of what another person approved alone',
    scope: 'approvals:write',
    principals: ['human'],
    params: oneReview,
    body: ReviewClosure,
    ok: BreakGlass,
    errors: ['NotFound', 'RoleMissing', 'OwnReview', 'ReviewClosed', 'VersionConflict'],
  },
});

export const routes = { ...escalationRoutes, ...inboxRoutes, ...delegationRoutes, ...breakGlassRoutes };
