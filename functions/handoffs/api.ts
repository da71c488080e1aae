import { inboxPort } from '../approvals/inbox-port.ts';
import { treeKeys } from '../audit/store-tree.ts';
import { keys as authorityKeys } from '../authority/store.ts';
import { directoryStore } from '../directory/questions.ts';
import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { workloadPort } from '../workload/port.ts';
import { routes } from './contract.ts';
import { HandoffsApiEnv } from './env.ts';
import { acceptHandoff } from './operations/accept-handoff.ts';
import { closeHandoff, refuseHandoff, withdrawHandoff } from './operations/end-handoff.ts';
import { getHandoff, getMeeting } from './operations/get-handoff.ts';
import { listHandoffs } from './operations/list-handoffs.ts';
import { openHandoff } from './operations/open-handoff.ts';
import { changePackage, offerHandoff, provePrerequisite, scheduleMeeting } from './operations/prepare-handoff.ts';
import { agreeExpectations, answerQuestion, askQuestion, confirmPart } from './operations/walk-through.ts';
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

export const handler = handoffsApi(runtimeFrom(readEnv(HandoffsApiEnv)));
