import { inboxPort } from '../approvals/inbox-port.ts';
import { decisionFrom, keys as authorityKeys, writes as authorityWrites } from '../authority/store.ts';
import { limitsPort } from '../limits/port.ts';
import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { directoryPort } from './agents.ts';
import { bindings } from './bindings.ts';
import { candidateStore } from './candidate-store.ts';
import { supplyStore } from './capacity-store.ts';
import { routes } from './contract.ts';
import { demandStore } from './demand-store.ts';
import { WorkloadApiEnv } from './env.ts';
import { workloadStore } from './store.ts';

/** The slice's handler on a given runtime. */
export function workloadApi(leaseSeconds: number, runtime: Runtime) {
  const { state, cursors } = runtime;
  const deps = {
    cursors,
    read: state.getMany,
    store: workloadStore(state),
    candidates: candidateStore(state),
    demands: demandStore(state),
    supplies: supplyStore(state),
    limits: limitsPort(runtime),
    directory: directoryPort,
    decisions: {
      keyOf: authorityKeys.decision,
      from: (item: Parameters<typeof decisionFrom>[0] | undefined) => item && decisionFrom(item),
      unchanged: authorityWrites.unchanged,
    },
    inbox: inboxPort(state),
    leaseSeconds,
  };
  return serve('workload', routes, bindings(deps), runtime);
}

const env = readEnv(WorkloadApiEnv);
export const handler = workloadApi(env.LEASE_SECONDS, runtimeFrom(env));
