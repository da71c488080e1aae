import * as z from 'zod';
import { Concerns, defineEvent } from '../shared/contract.ts';

const task = z.object({
  task_id: z.string(),
  domain: z.string(),
  team: z.string(),
  state: z.string(),
  priority: z.string(),
  skills: z.array(z.string()),
  topic: z.string().nullable(),
  estimate_minutes: z.int(),
  due_at: z.string().nullable(),
  assignee: z.string().nullable(),
  concerns: Concerns,
});
const byAgent = task.extend({ agent: z.string(), token: z.int() });

export const taskCreated = defineEvent('orchestra.task.created.v1', 'A task came into the queue of a team.', task);
export const taskChanged = defineEvent(
  'orchestra.task.changed.v1',
  'What a task asks for was changed.',
  task.extend({ changed: z.array(z.string()) }),
);
export const taskBlocked = defineEvent(
  'orchestra.task.blocked.v1',
  'A task waits for one more dependency.',
  task.extend({ dependency_id: z.string(), on: z.string(), open: z.int() }),
);
export const taskUnblocked = defineEvent(
  'orchestra.task.unblocked.v1',
  'A dependency of a task is out of the way; `open` are those that are left.',
  task.extend({ dependency_id: z.string(), on: z.string(), open: z.int() }),
);
export const taskAssigned = defineEvent(
  'orchestra.task.assigned.v1',
  'A task was given to an agent.',
  task.extend({ agent: z.string(), from: z.string().nullable(), reason: z.string(), score: z.number().nullable() }),
);
export const taskUnassigned = defineEvent(
  'orchestra.task.unassigned.v1',
  'A task that waited for an agent is open to its team again.',
  task.extend({ agent: z.string(), reason: z.string() }),
);
export const taskClaimed = defineEvent('orchestra.task.claimed.v1', 'An agent took a task.', byAgent);
export const taskStarted = defineEvent('orchestra.task.started.v1', 'The work on a task began.', byAgent);
export const taskReleased = defineEvent(
  'orchestra.task.released.v1',
  'An agent gave a task back.',
  byAgent.extend({ reason: z.string() }),
);
export const taskExpired = defineEvent(
  'orchestra.task.expired.v1',
  'The lease of a task ran out, or its holder stopped: it can be claimed again.',
  byAgent.extend({ reason: z.string() }),
);
export const taskSubmitted = defineEvent(
  'orchestra.task.submitted.v1',
  'The work on a task waits for its review.',
  byAgent,
);
export const taskCompleted = defineEvent(
  'orchestra.task.completed.v1',
  'A task is done.',
  task.extend({ agent: z.string().nullable(), minutes: z.number() }),
);
export const taskReturned = defineEvent(
  'orchestra.task.returned.v1',
  'A review sent a task back to who did it.',
  task.extend({ agent: z.string().nullable(), reason: z.string() }),
);
export const taskFailed = defineEvent(
  'orchestra.task.failed.v1',
  'A task could not be done.',
  byAgent.extend({ reason: z.string() }),
);
export const taskCancelled = defineEvent(
  'orchestra.task.cancelled.v1',
  'A task was given up.',
  task.extend({ agent: z.string().nullable(), reason: z.string() }),
);
export const taskOverdue = defineEvent(
  'orchestra.task.overdue.v1',
  'A task was not over when it was due.',
  task.extend({ agent: z.string().nullable() }),
);
export const taskBound = defineEvent(
  'orchestra.task.bound.v1',
  'A task is part of a handoff: until that ends it is in no other.',
  task.extend({ handoff_id: z.string() }),
);
export const taskUnbound = defineEvent(
  'orchestra.task.unbound.v1',
  'The handoff of a task ended without moving it.',
  task.extend({ handoff_id: z.string() }),
);
export const taskTransferred = defineEvent(
  'orchestra.task.transferred.v1',
  'A task belongs to another team now; claims of the old one are void.',
  task.extend({
    handoff_id: z.string(),
    from_domain: z.string(),
    from_team: z.string(),
    from_agent: z.string().nullable(),
  }),
);
export const agentOverloaded = defineEvent(
  'orchestra.agent.overloaded.v1',
  'An agent was above 90 % of its capacity for five minutes; queued work of it goes to others.',
  z.object({
    agent_id: z.string(),
    domain: z.string(),
    team: z.string(),
    since: z.string(),
    moved: z.array(z.string()),
    concerns: Concerns,
  }),
);
