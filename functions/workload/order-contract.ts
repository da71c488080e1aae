import * as z from 'zod';
import { Consumption } from '../limits/contract.ts';
import { DecisionId, DomainId, PrincipalId, TaskId, TeamId } from '../shared/ids.ts';
import { Task } from './task-contract.ts';

const Score = z.number().min(0).max(1);

/** Why an agent fits a task as it does. Each part from 0 to 1; the score is their weighted sum. */
export const Fit = z
  .strictObject({
    agent: PrincipalId,
    domain: DomainId,
    team: TeamId,
    score: Score,
    parts: z.strictObject({
      skills: Score.meta({ description: 'Proficiency beyond what is needed, over all needed skills.' }),
      load: Score.meta({ description: 'Share of its capacity that is free.' }),
      boundary: Score.meta({ description: '1 in the owning team, 0.5 elsewhere in its domain, 0 outside of it.' }),
      specialisation: Score.meta({ description: 'Share of its recent work that was on the same topic.' }),
      quality: Score.meta({ description: 'Share of its work that passed at the first time.' }),
      speed: Score.meta({ description: 'How fast it was against the estimates; 0.5 as estimated.' }),
    }),
  })
  .meta({ id: 'TaskFit' });
export type Fit = z.output<typeof Fit>;

export const Weights = z.record(z.literal(['skills', 'load', 'boundary', 'specialisation', 'quality', 'speed']), Score);

export const Ranking = z
  .strictObject({
    task_id: TaskId,
    weights: Weights,
    candidates: z.array(Fit),
    considered: z.int().min(0).meta({ description: 'Agents that the index gave.' }),
    excluded: z.array(z.strictObject({ agent: PrincipalId, reason: z.string() })),
  })
  .meta({ id: 'TaskRanking' });
export type Ranking = z.output<typeof Ranking>;

export const Assignment = z
  .strictObject({ task: Task, fit: Fit.nullable(), ranking: z.array(Fit).meta({ description: 'The best few.' }) })
  .meta({ id: 'TaskAssignment' });
export type Assignment = z.output<typeof Assignment>;

export const Token = z.int().min(1).meta({ description: 'The fencing token that the claim was answered with.' });
const Reason = z.string().trim().min(1).max(2_000);

export const AssignmentOrder = z
  .strictObject({
    agent: PrincipalId.optional().meta({ description: 'The best fit where absent.' }),
    decision_id: DecisionId.optional().meta({
      description: 'Outside the domain: an allowed `resource_allocation`, not used yet, about `task` `<task>@<agent>`.',
    }),
  })
  .meta({ id: 'AssignmentOrder' });
export const Heartbeat = z
  .strictObject({ token: Token, progress: z.string().max(500).nullable().default(null) })
  .meta({ id: 'TaskHeartbeat' });
export const Start = z.strictObject({ token: Token }).meta({ id: 'TaskStart' });
export const Release = z.strictObject({ token: Token, reason: Reason }).meta({ id: 'TaskRelease' });
export const Completion = z
  .strictObject({ token: Token, result: z.string().trim().min(1).max(4_000), actual: Consumption.optional() })
  .meta({ id: 'TaskCompletion' });
export const Failure = z
  .strictObject({ token: Token, reason: Reason, actual: Consumption.optional() })
  .meta({ id: 'TaskFailure' });
export const Review = z
  .strictObject({ verdict: z.literal(['accept', 'revise']), reason: Reason })
  .meta({ id: 'TaskReview' });
export const TaskCancellation = z.strictObject({ reason: Reason }).meta({ id: 'TaskCancellation' });

export const Work = z
  .strictObject({
    assigned: z.array(Task).meta({ description: 'Waits for this agent alone, most urgent first.' }),
    claimable: z.array(Task).meta({ description: 'Of its team, for whoever claims it first, most urgent first.' }),
    held: z.array(Task).meta({ description: 'What it works on.' }),
  })
  .meta({ id: 'Work' });
export type Work = z.output<typeof Work>;
