import * as z from 'zod';
import { SkillName } from '../directory/contract.ts';
import { Consumption, Reservation } from '../limits/contract.ts';
import { Classification } from '../shared/contract.ts';
import { DependencyId, DomainId, HandoffId, PrincipalId, Slug, TaskId, TeamId, Timestamp } from '../shared/ids.ts';

export const TaskState = z
  .literal(['queued', 'blocked', 'claimed', 'running', 'review', 'done', 'failed', 'cancelled'])
  .meta({
    id: 'TaskState',
    description:
      '`queued` can be claimed, `blocked` waits for dependencies, `claimed` and `running` have a holder with a lease, `review` waits for somebody else than the worker.',
  });
export type TaskState = z.output<typeof TaskState>;

export const Priority = z.literal(['critical', 'high', 'normal', 'low']).meta({ id: 'TaskPriority' });
export type Priority = z.output<typeof Priority>;

export const RequiredSkill = z
  .strictObject({
    name: SkillName,
    proficiency: z.int().min(1).max(5).default(1).meta({ description: 'The least that will do.' }),
  })
  .meta({ id: 'RequiredSkill' });
export type RequiredSkill = z.output<typeof RequiredSkill>;

const RequiredSkills = z
  .array(RequiredSkill)
  .max(10)
  .superRefine((skills, context) => {
    for (const [index, { name }] of skills.entries()) {
      const first = skills.findIndex((skill) => skill.name === name);
      if (first < index) context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name} is named twice` });
    }
  });

export const Minutes = z.int().min(1).max(525_600);
const Title = z.string().trim().min(1).max(200);
const Description = z.string().max(4_000);
const Topic = Slug.meta({
  id: 'TaskTopic',
  description:
    'What a worker keeps in its head: a service, a customer, a project. Work on the same one goes to who knows it.',
  example: 'checkout-api',
});
const Favour = z
  .literal(['quality', 'balanced', 'speed'])
  .meta({ id: 'TaskFavour', description: 'What counts more in choosing the agent.' });
export type Favour = z.output<typeof Favour>;

/** A blocking dependency that is not confirmed yet, and the task that it is on. */
export const Blocker = z.strictObject({ dependency_id: DependencyId, task_id: TaskId }).meta({ id: 'TaskBlocker' });
export type Blocker = z.output<typeof Blocker>;

/** Who works on a task now. The token fences: whoever shows an older one has lost the task. */
export const Holding = z
  .strictObject({ agent: PrincipalId, token: z.int().min(1), claimed_at: Timestamp })
  .meta({ id: 'TaskHolding' });
export type Holding = z.output<typeof Holding>;

const time = Timestamp.nullable();

export const Task = z
  .strictObject({
    id: TaskId,
    version: z.int().min(1),
    title: Title,
    description: Description,
    domain: DomainId,
    team: TeamId.meta({ description: 'The team that owns the task.' }),
    created_by: PrincipalId,
    required_skills: RequiredSkills,
    topic: Topic.nullable(),
    priority: Priority,
    favour: Favour,
    classification: Classification,
    estimate_minutes: Minutes,
    due_at: time.meta({ description: 'When it is to be done (its SLA).' }),
    budget: Consumption.meta({ description: 'Reserved at the limits of whoever claims it.' }),
    review_required: z.boolean(),
    state: TaskState,
    blocked_by: z.array(Blocker).max(20),
    handoff_id: HandoffId.nullable().meta({ description: 'The handoff that it is part of, while that is open.' }),
    assignee: PrincipalId.nullable().meta({
      description: 'Who shall work on it; nobody: whoever of its team claims it.',
    }),
    holding: Holding.nullable(),
    fence: z.int().min(0).meta({ description: 'The newest fencing token; those below it are stale.' }),
    attempts: z.int().min(0).meta({ description: 'How often it was claimed.' }),
    revisions: z.int().min(0).meta({ description: 'How often a review sent it back.' }),
    late: z.boolean().meta({ description: 'It was not over when it was due.' }),
    result: z.string().max(4_000).nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
    queued_at: time.meta({ description: 'Since when it waits to be claimed.' }),
    started_at: time.meta({ description: 'When it was claimed the last time.' }),
    ended_at: time,
    worked_by: PrincipalId.nullable().meta({ description: 'Who worked on it last.' }),
  })
  .meta({ id: 'Task' });
export type Task = z.output<typeof Task>;

/** The live claim of a task: it goes on as long as heartbeats renew it. */
export const Lease = z
  .strictObject({
    task_id: TaskId,
    version: z.int().min(1).meta({ description: 'Grows with every renewal; renewals are not entered in the ledger.' }),
    agent: PrincipalId,
    token: z.int().min(1),
    domain: DomainId,
    team: TeamId.nullable().meta({ description: 'Team of the holder.' }),
    claimed_at: Timestamp,
    expires_at: Timestamp,
    progress: z.string().max(500).nullable(),
    reservation: Reservation,
  })
  .meta({ id: 'TaskLease' });
export type Lease = z.output<typeof Lease>;

export const ClaimEnd = z
  .literal(['completed', 'submitted', 'failed', 'released', 'expired', 'reassigned', 'handed_over', 'cancelled'])
  .meta({ id: 'ClaimEnd' });
export type ClaimEnd = z.output<typeof ClaimEnd>;

/** A claim that is over. What its holder did not settle itself is settled by the sweeper. */
export const PastClaim = z
  .strictObject({
    task_id: TaskId,
    version: z.literal([1, 2]).meta({ description: '2 once it is settled.' }),
    agent: PrincipalId,
    token: z.int().min(1),
    domain: DomainId,
    claimed_at: Timestamp,
    ended_at: Timestamp,
    end: ClaimEnd,
    reservation: Reservation,
    overrun: Consumption,
  })
  .meta({ id: 'PastClaim' });
export type PastClaim = z.output<typeof PastClaim>;

/** A claim as the agent that made it sees it. */
export const Claim = z
  .strictObject({ task: Task, token: z.int().min(1), expires_at: Timestamp })
  .meta({ id: 'TaskClaim' });
export type Claim = z.output<typeof Claim>;

export const NewTask = z
  .strictObject({
    id: TaskId.optional().meta({ description: 'Of your tracker; one is made where absent.' }),
    title: Title,
    description: Description.default(''),
    team: TeamId.optional().meta({ description: 'The owning team; that of the agent that asks where absent.' }),
    required_skills: RequiredSkills.default([]),
    topic: Topic.nullable().default(null),
    priority: Priority.default('normal'),
    favour: Favour.default('balanced'),
    classification: Classification.default('internal'),
    estimate_minutes: Minutes.default(60),
    due_at: time.default(null),
    budget: Consumption.default({}),
    review_required: z.boolean().default(false),
  })
  .meta({ id: 'NewTask' });
export type NewTask = z.output<typeof NewTask>;

export const TaskPatch = z
  .strictObject({
    title: Title,
    description: Description,
    required_skills: RequiredSkills,
    topic: Topic.nullable(),
    priority: Priority,
    favour: Favour,
    estimate_minutes: Minutes,
    due_at: time,
    budget: Consumption,
    review_required: z.boolean(),
  })
  .partial()
  .meta({ id: 'TaskPatch' });
export type TaskPatch = z.output<typeof TaskPatch>;
