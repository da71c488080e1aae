import { SFNClient } from '@aws-sdk/client-sfn';
import { authorityStore, keys as authorityKeys } from '../authority/store.ts';
import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { routes } from './contract.ts';
import { PoliciesApiEnv } from './env.ts';
import { activatePolicies } from './operations/activate-policies.ts';
import { changeEnforcement } from './operations/change-enforcement.ts';
import { getEnforcement } from './operations/get-enforcement.ts';
import { getPolicySet } from './operations/get-policy-set.ts';
import { getSimulation } from './operations/get-simulation.ts';
import { listVersions } from './operations/list-versions.ts';
import { rollBackPolicies } from './operations/roll-back-policies.ts';
import { startSimulation } from './operations/start-simulation.ts';
import type { StartSimulation } from './ports.ts';
import { POLICY_SCHEMA } from './schema.ts';
import { policiesStore } from './store.ts';
import { startsOn } from './workflow.ts';

/** The slice's handler on a given runtime. */
export function policiesApi(runtime: Runtime, start: StartSimulation) {
  const { cursors, commit } = runtime;
  const decisions = { decision: authorityStore(runtime.state).decision, keyOf: authorityKeys.decision };
  const deps = { store: policiesStore(runtime.state), cursors, commit, decisions, startSimulation: start };
  // Made once: it keeps the versions that it has parsed.
  let made: Promise<ReturnType<typeof import('./operations/evaluate-policies.ts').evaluatePolicies>> | undefined;
  const dryRuns = () =>
    (made ??= import('./operations/evaluate-policies.ts').then((module) => module.evaluatePolicies(deps.store)));
  return serve(
    'policies',
    routes,
    {
      getActivePolicies: () => getPolicySet(deps),
      getPolicyVersion: ({ params }) => getPolicySet(deps, params.version),
      getPolicySchema: async () => ({ kind: 'text', contentType: 'text/plain; charset=utf-8', text: POLICY_SCHEMA }),
      // Cedar is loaded when somebody validates or tries; reading policies does not wait for it.
      validatePolicies: async ({ body }) => (await import('./validation.ts')).validatePolicySet(body.policies),
      uploadPolicies: async (call) => (await import('./operations/upload-policies.ts')).uploadPolicies(deps, call),
      listPolicyVersions: (call) => listVersions(deps, call),
      activatePolicies: (call) => activatePolicies(deps, call),
      rollBackPolicies: (call) => rollBackPolicies(deps, call),
      getEnforcement: ({ now }) => getEnforcement(deps, now),
      changeEnforcement: (call) => changeEnforcement(deps, call),
      startSimulation: (call) => startSimulation(deps, call),
      getSimulation: (call) => getSimulation(deps, call),
      evaluatePolicies: async (call) => (await dryRuns())(call),
    },
    runtime,
  );
}

const env = readEnv(PoliciesApiEnv);
let client: SFNClient | undefined;
/** Made when it is first needed: most instances start no simulation. */
const stepFunctions = (): SFNClient => (client ??= new SFNClient({}));
export const handler = policiesApi(runtimeFrom(env), startsOn(stepFunctions, env.SIMULATION_ARN));
