import { ApiEnv, readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { breakGlassStore } from './break-glass-store.ts';
import { routes } from './contract.ts';
import { delegationStore } from './delegation-store.ts';
import { inboxStore } from './inbox-store.ts';
import { acknowledgeMessage } from './operations/acknowledge-message.ts';
import { breakGlass } from './operations/break-glass.ts';
import { cancelEscalation } from './operations/cancel-escalation.ts';
import { delegate, listDelegations, revokeDelegation } from './operations/delegate.ts';
import { getEscalation } from './operations/get-escalation.ts';
import { listEscalations } from './operations/list-escalations.ts';
import { listMessages } from './operations/list-messages.ts';
import { closeReview, getReview, listReviews } from './operations/review-break-glass.ts';
import { vote } from './operations/vote.ts';
import { approvalsStore } from './store.ts';

/** The slice's handler on a given runtime. */
export function approvalsApi(runtime: Runtime) {
  const { state, cursors } = runtime;
  const deps = {
    store: approvalsStore(state),
    delegations: delegationStore(state),
    inboxes: inboxStore(state),
    reviews: breakGlassStore(state),
    cursors,
  };
  return serve(
    'approvals',
    routes,
    {
      listEscalations: (call) => listEscalations(deps, call),
      getEscalation: ({ params, actor, now }) => getEscalation(deps, params.id, actor, now),
      vote: (call) => vote(deps, call),
      cancelEscalation: (call) => cancelEscalation(deps, call),
      listMessages: (call) => listMessages(deps, call),
      acknowledgeMessage: (call) => acknowledgeMessage(deps, call),
      delegate: (call) => delegate(deps, call),
      listDelegations: (call) => listDelegations(deps, call),
      revokeDelegation: (call) => revokeDelegation(deps, call),
      breakGlass: (call) => breakGlass(deps, call),
      listReviews: (call) => listReviews(deps, call),
      getReview: ({ params }) => getReview(deps, params.id),
      closeReview: (call) => closeReview(deps, call),
    },
    runtime,
  );
}

export const handler = approvalsApi(runtimeFrom(readEnv(ApiEnv)));
