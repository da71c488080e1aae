import type { Bindings } from '../shared/serve.ts';
import type { routes } from './contract.ts';
import { assignKeys, assignTask } from './operations/assign-task.ts';
import { cancelTask, changeTask } from './operations/change-task.ts';
import { claimKeys, claimTask } from './operations/claim-task.ts';
import { createKeys, createTask } from './operations/create-task.ts';
import { completeTask, endKeys, failTask, releaseTask } from './operations/end-claim.ts';
import { getTask, listClaims, listTasks, listWork, rankCandidates } from './operations/get-tasks.ts';
import { holdKeys, renewLease, startTask } from './operations/hold-task.ts';
import { capacityBindings } from './operations/report-capacity.ts';
import { reviewTask } from './operations/review-task.ts';
import type { Deps } from './ports.ts';
import { keys } from './store.ts';

type Id = { params: { id: string } };
const oneTask = (_: unknown, { params }: Id) => [keys.task(params.id)];
const withLease = (_: unknown, { params }: Id) => holdKeys(params.id);

/** Which operation answers which route, and what it reads together with its caller. */
export const bindings = (deps: Deps): Bindings<typeof routes> => ({
  ...capacityBindings(deps),
  createTask: {
    load: (caller, input) => createKeys(deps, caller, input),
    run: (call, loaded) => createTask(deps, call, loaded),
  },
  listTasks: (call) => listTasks(deps, call),
  getTask: { load: oneTask, run: (call, loaded) => getTask(call, loaded) },
  changeTask: { load: oneTask, run: (call, loaded) => changeTask(call, loaded) },
  rankCandidates: { load: oneTask, run: (call, loaded) => rankCandidates(deps, call, loaded) },
  assignTask: {
    load: (_, input) => assignKeys(deps, input),
    run: (call, loaded) => assignTask(deps, call, loaded),
  },
  cancelTask: { load: withLease, run: (call, loaded) => cancelTask(deps, call, loaded) },
  reviewTask: { load: oneTask, run: (call, loaded) => reviewTask(deps, call, loaded) },
  claimTask: {
    load: (caller, { params }) => claimKeys(deps, params.id, caller),
    run: (call, loaded) => claimTask(deps, call, loaded),
  },
  listClaims: { load: withLease, run: (call, loaded) => listClaims(deps, call, loaded) },
  startTask: { load: withLease, run: (call, loaded) => startTask(call, loaded) },
  renewLease: { load: withLease, run: (call, loaded) => renewLease(deps, call, loaded) },
  releaseTask: {
    load: (caller, { params }) => endKeys(deps, params.id, caller),
    run: (call, loaded) => releaseTask(deps, call, loaded),
  },
  completeTask: {
    load: (caller, { params }) => endKeys(deps, params.id, caller),
    run: (call, loaded) => completeTask(deps, call, loaded),
  },
  failTask: {
    load: (caller, { params }) => endKeys(deps, params.id, caller),
    run: (call, loaded) => failTask(deps, call, loaded),
  },
  listWork: {
    load: (_, { params }) => [deps.directory.keyOf(params.id)],
    run: (call, loaded) => listWork(deps, call, loaded),
  },
});
