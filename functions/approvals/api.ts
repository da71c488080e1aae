import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { routes } from './contract.ts';
import { delegationStore } from './delegation-store.ts';
import { ApprovalsApiEnv } from './env.ts';
import { inboxStore } from './inbox-store.ts';
import { acknowledgeMessage } from './operations/acknowledge-message.ts';
import { cancelEscalation } from './operations/cancel-escalation.ts';
import { getEscalation } from './operations/get-escalation.ts';
import { listEscalations } from './operations/list-escalations.ts';
import { listMessages } from './operations/list-messages.ts';
import { vote } from './operations/vote.ts';
import { approvalsStore } from './store.ts';

/** The slice's handler on a given runtime. */
export function approvalsApi(runtime: Runtime) {
  const { state, cursors } = runtime;
  const deps = {
    store: approvalsStore(state),
    delegations: delegationStore(state),
    inboxes: inboxStore(state),
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
    },
    runtime,
  );
}

export const handler = approvalsApi(runtimeFrom(readEnv(ApprovalsApiEnv)));
