import * as z from 'zod';
import { Concerns, defineEvent } from '../shared/contract.ts';

const version = { policy_version: z.int(), digest: z.string(), concerns: Concerns };

export const policiesUploaded = defineEvent(
  'orchestra.policies.uploaded.v1',
  'Another policy version was stored; it is not in force.',
  z.object({ ...version, policies: z.int() }),
);
export const policiesActivated = defineEvent(
  'orchestra.policies.activated.v1',
  'Another policy version came into force.',
  z.object(version),
);
export const policiesRolledBack = defineEvent(
  'orchestra.policies.rolled-back.v1',
  'The policy version that was in force before came back into force.',
  z.object({ ...version, from_version: z.int(), by: z.string(), reason: z.string() }),
);

const enforcement = { policy_version: z.int(), by: z.string(), reason: z.string(), concerns: Concerns };

export const enforcementSuspended = defineEvent(
  'orchestra.enforcement.suspended.v1',
  'The policies are observed instead of enforced, until a time.',
  z.object({ ...enforcement, until: z.string() }),
);
export const enforcementResumed = defineEvent(
  'orchestra.enforcement.resumed.v1',
  'The policies are enforced again.',
  z.object(enforcement),
);

const simulation = { simulation_id: z.string(), policy_version: z.int(), against: z.int(), concerns: Concerns };

export const simulationStarted = defineEvent(
  'orchestra.simulation.started.v1',
  'Recorded decisions are being replayed under a policy version.',
  z.object({ ...simulation, last: z.int() }),
);
export const simulationCompleted = defineEvent(
  'orchestra.simulation.completed.v1',
  'Recorded decisions were replayed under a policy version.',
  z.object({ ...simulation, replayed: z.int(), flips: z.int() }),
);
export const simulationFailed = defineEvent(
  'orchestra.simulation.failed.v1',
  'A simulation ended without a result.',
  z.object({ ...simulation, reason: z.string() }),
);
