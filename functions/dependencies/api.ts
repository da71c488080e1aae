import { inboxPort } from '../approvals/inbox-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { workloadPort } from '../workload/port.ts';
import { routes } from './contract.ts';
import { depsOf } from './deps.ts';
import { DependenciesApiEnv } from './env.ts';
import { cancelReservation } from './operations/cancel-reservation.ts';
import { addResource, changeResource, getResource, listResources } from './operations/manage-resources.ts';
import {
  acknowledgeDependency,
  changeEta,
  confirmDependency,
  resolveDependency,
  withdrawDependency,
} from './operations/move-dependency.ts';
import { getDependency, listDependencies } from './operations/read-dependencies.ts';
import { getReservation, listReservations } from './operations/read-reservations.ts';
import { registerDependency } from './operations/register-dependency.ts';
import { reserveResource } from './operations/reserve-resource.ts';

/** The slice's handler on a given runtime. */
export function dependenciesApi(runtime: Runtime) {
  const { state, cursors } = runtime;
  const ports = { tasks: workloadPort(runtime), inbox: inboxPort(state), directory: directoryStore(state) };
  const deps = { ...depsOf(runtime, ports), cursors };
  return serve(
    'dependencies',
    routes,
    {
      registerDependency: (call) => registerDependency(deps, call),
      listDependencies: (call) => listDependencies(deps, call),
      getDependency: (call) => getDependency(deps, call),
      acknowledgeDependency: (call) => acknowledgeDependency(deps, call),
      changeEta: (call) => changeEta(deps, call),
      resolveDependency: (call) => resolveDependency(deps, call),
      confirmDependency: (call) => confirmDependency(deps, call),
      withdrawDependency: (call) => withdrawDependency(deps, call),
      addResource: (call) => addResource(deps, call),
      listResources: (call) => listResources(deps, call),
      getResource: (call) => getResource(deps, call),
      changeResource: (call) => changeResource(deps, call),
      reserveResource: (call) => reserveResource(deps, call),
      listReservations: (call) => listReservations(deps, call),
      getReservation: (call) => getReservation(deps, call),
      cancelReservation: (call) => cancelReservation(deps, call),
    },
    runtime,
  );
}

export const handler = dependenciesApi(runtimeFrom(readEnv(DependenciesApiEnv)));
