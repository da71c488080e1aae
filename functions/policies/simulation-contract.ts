import * as z from 'zod';
import { defineRoutes, PageQuery } from '../shared/contract.ts';
import { PrincipalId, Timestamp } from '../shared/ids.ts';
import { PolicyId, PolicyVersion, PolicyVersionParam } from './set-contract.ts';

export const SimulationId = z
  .string()
  .regex(/^sim_[0-9a-f-]{36}$/)
  .meta({ id: 'SimulationId' });

const Effect = z.literal(['allow', 'deny', 'escalate']);
const count = z.int().min(0);

/** What a replay found, in numbers. */
export const Tally = z.strictObject({
  replayed: count.meta({ description: 'Decisions whose question was put to the version.' }),
  unreplayable: count.meta({ description: 'Decisions that were not kept with their proposer.' }),
  errors: count.meta({ description: 'Replayed ones that the version could not evaluate, and so denies.' }),
  of_other_versions: count.meta({
    description: 'Replayed ones whose recorded verdict is of another version than `against`.',
  }),
  changes: z.array(z.strictObject({ from: Effect, to: Effect, count })).meta({
    description: 'Verdicts that flip, counted.',
  }),
});
export type Tally = z.infer<typeof Tally>;

/** A replay of recorded decisions under a version. `version` counts the changes of this record. */
export const Simulation = z
  .strictObject({
    id: SimulationId,
    version: z.int().min(1),
    policy_version: PolicyVersion,
    against: PolicyVersion.meta({ description: 'Version in force when it began.' }),
    state: z.literal(['running', 'completed', 'failed']),
    last: z.int().min(1).max(10_000),
    started_at: Timestamp,
    started_by: z.string(),
    finished_at: Timestamp.nullable(),
    failure: z.string().nullable(),
    ...Tally.shape,
  })
  .meta({ id: 'Simulation' });
export type Simulation = z.infer<typeof Simulation>;

/** A decision whose verdict flips. */
export const Flip = z
  .strictObject({
    decision_id: z.string(),
    type: z.string(),
    proposed_by: PrincipalId,
    proposed_at: Timestamp,
    recorded_version: z.int().min(0),
    from: z.strictObject({ effect: Effect, determining: z.array(PolicyId) }),
    to: z.strictObject({ effect: Effect, determining: z.array(PolicyId), errors: z.array(z.string()) }),
  })
  .meta({ id: 'Flip' });
export type Flip = z.infer<typeof Flip>;

const version = PolicyVersionParam;

export const simulationRoutes = defineRoutes({
  startSimulation: {
    method: 'POST',
    path: '/policies/{version}/simulations',
    summary: 'Replay the last recorded decisions under a version, to see which verdicts flip',
    scope: 'policies:write',
    principals: ['enterprise_orchestrator', 'human'],
    params: z.strictObject({ version }),
    body: z.strictObject({ last: z.int().min(1).max(10_000).default(1_000) }),
    ok: Simulation,
    status: 201,
    errors: ['RoleMissing', 'NotFound'],
  },
  getSimulation: {
    method: 'GET',
    path: '/policies/{version}/simulations/{id}',
    summary: 'A simulation and a page of its flips, newest decision first',
    scope: 'policies:read',
    params: z.strictObject({ version, id: SimulationId }),
    query: PageQuery,
    ok: Simulation.extend({ flips: z.array(Flip), next_cursor: z.string().optional() }),
    errors: ['NotFound', 'InvalidCursor'],
  },
});
