import { inboxPort } from '../approvals/inbox-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { ApiEnv, readEnv } from '../shared/env.ts';
import { standing } from '../shared/principal.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { routes } from './contract.ts';
import { getConflict } from './operations/get-conflict.ts';
import { listConflicts } from './operations/list-conflicts.ts';
import { openConflict } from './operations/open-conflict.ts';
import { getResolution, listResolutions } from './operations/read-resolutions.ts';
import { agree, proposeOption, resolveConflict } from './operations/settle.ts';
import { giveInterests, givePerspective } from './operations/speak.ts';
import { conflictsStore } from './store.ts';

/** The slice's handler on a given runtime. */
export function conflictsApi(runtime: Runtime) {
  const { state, cursors } = runtime;
  const deps = {
    store: conflictsStore(state),
    inbox: inboxPort(state),
    units: directoryStore(state),
    standing: (ids: readonly string[]) => standing(state.getMany, ids),
    cursors,
  };
  return serve(
    'conflicts',
    routes,
    {
      openConflict: (call) => openConflict(deps, call),
      listConflicts: (call) => listConflicts(deps, call),
      getConflict: ({ params, actor }) => getConflict(deps.store, params.id, actor),
      givePerspective: (call) => givePerspective(deps, call),
      giveInterests: (call) => giveInterests(deps, call),
      proposeOption: (call) => proposeOption(deps, call),
      agree: (call) => agree(deps, call),
      resolveConflict: (call) => resolveConflict(deps, call),
      listResolutions: (call) => listResolutions(deps, call),
      getResolution: ({ params, actor }) => getResolution(deps.store, params.id, actor),
    },
    runtime,
  );
}

export const handler = conflictsApi(runtimeFrom(readEnv(ApiEnv)));
