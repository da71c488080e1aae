import { inboxPort } from '../approvals/inbox-port.ts';
import { treeKeys } from '../audit/store-tree.ts';
import { keys as authorityKeys } from '../authority/store.ts';
import { directoryStore } from '../directory/questions.ts';
import { ApiEnv, readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { workloadPort } from '../workload/port.ts';
import { routes } from './contract.ts';
import { acceptHandoff } from './operations/accept-handoff.ts';
import { agreeExpectations } from './operations/agree-expectations.ts';
import { answerQuestion } from './operations/answer-question.ts';
import { askQuestion } from './operations/ask-question.ts';
import { changePackage } from './operations/change-package.ts';
import { closeHandoff } from './operations/close-handoff.ts';
import { confirmPart } from './operations/confirm-part.ts';
import { getHandoff } from './operations/get-handoff.ts';
import { getMeeting } from './operations/get-meeting.ts';
import { listHandoffs } from './operations/list-handoffs.ts';
import { offerHandoff } from './operations/offer-handoff.ts';
import { openHandoff } from './operations/open-handoff.ts';
import { provePrerequisite } from './operations/prove-prerequisite.ts';
import { refuseHandoff } from './operations/refuse-handoff.ts';
import { scheduleMeeting } from './operations/schedule-meeting.ts';
import { withdrawHandoff } from './operations/withdraw-handoff.ts';
import { depsOf, unknownAmong } from './wiring.ts';

/** The slice's handler on a given runtime. */
export function handoffsApi(runtime: Runtime) {
  const { state, cursors } = runtime;
  const given = { records: directoryStore(state), tasks: workloadPort(runtime), inbox: inboxPort(state) };
  // An entry of the ledger is known by its leaf in the tree, which outlives it.
  const keyOf = (id: string) => (id.startsWith('dec_') ? authorityKeys.decision(id) : treeKeys.leaf(id));
  const deps = { ...depsOf(runtime, given), cursors, unknown: unknownAmong(runtime, keyOf) };
  return serve(
    'handoffs',
    routes,
    {
      listHandoffs: (call) => listHandoffs(deps, call),
      getHandoff: ({ params, actor }) => getHandoff(deps, params.id, actor),
      getMeeting: ({ params, actor }) => getMeeting(deps, params.id, actor),
      openHandoff: (call) => openHandoff(deps, call),
      changePackage: (call) => changePackage(deps, call),
      scheduleMeeting: (call) => scheduleMeeting(deps, call),
      provePrerequisite: (call) => provePrerequisite(deps, call),
      offerHandoff: (call) => offerHandoff(deps, call),
      withdrawHandoff: (call) => withdrawHandoff(deps, call),
      askQuestion: (call) => askQuestion(deps, call),
      answerQuestion: (call) => answerQuestion(deps, call),
      confirmPart: (call) => confirmPart(deps, call),
      agreeExpectations: (call) => agreeExpectations(deps, call),
      acceptHandoff: (call) => acceptHandoff(deps, call),
      refuseHandoff: (call) => refuseHandoff(deps, call),
      closeHandoff: (call) => closeHandoff(deps, call),
    },
    runtime,
  );
}

export const handler = handoffsApi(runtimeFrom(readEnv(ApiEnv)));
