import * as z from 'zod';
import { defineRoutes } from '../shared/contract.ts';
import { PrincipalId, Timestamp } from '../shared/ids.ts';
import { Agent, DomainOrchestrator, EnterpriseOrchestrator, Human } from './records.ts';

const Load = z.int().min(0).max(100).meta({ description: 'Percent of its capacity in use, as it says itself.' });
const Activity = z
  .literal(['idle', 'working', 'stuck'])
  .meta({ id: 'AgentActivity', description: '`stuck` says that it works on, and does not get ahead.' });
const Note = z.string().max(500);

/** What an agent says of itself with a heartbeat. */
export const AgentReport = z
  .strictObject({ load: Load, status: Activity.nullable(), note: Note.nullable() })
  .meta({ id: 'AgentReport' });
export type AgentReport = z.output<typeof AgentReport>;

const AgentHeartbeat = z
  .strictObject({ load: Load, status: Activity.nullable().default(null), note: Note.nullable().default(null) })
  .meta({ id: 'AgentHeartbeat' });

const AgentPresence = z
  .literal(['unknown', 'reachable', 'unreachable'])
  .meta({ id: 'AgentPresence', description: '`unknown` until its first heartbeat.' });

/** An agent as it is seen: its record, and what its heartbeats say of it. */
export const SeenAgent = z
  .strictObject({
    ...Agent.shape,
    heartbeat_at: Timestamp.nullable().meta({ description: 'When it was heard of last.' }),
    presence: AgentPresence,
    reported: AgentReport.nullable().meta({ description: 'What its last heartbeat said.' }),
  })
  .meta({ id: 'Agent' });
export type SeenAgent = z.output<typeof SeenAgent>;

/** A principal of any kind, agents as they are seen. */
export const SeenPrincipal = z
  .discriminatedUnion('kind', [SeenAgent, DomainOrchestrator, EnterpriseOrchestrator, Human])
  .meta({ id: 'Principal' });
export type SeenPrincipal = z.output<typeof SeenPrincipal>;

/** How an agent that was just heard of stands. */
const HeartbeatAnswer = z
  .strictObject({
    agent_id: PrincipalId,
    presence: z.literal('reachable'),
    since: Timestamp.meta({ description: 'Since when it is reachable without a break.' }),
    heartbeat_at: Timestamp,
    unreachable_at: Timestamp.meta({ description: 'When it counts as unreachable, unless it is heard of before.' }),
    interval_seconds: z.int().min(1).meta({ description: 'How often it is to send a heartbeat.' }),
  })
  .meta({ id: 'AgentHeartbeatAnswer' });
export type HeartbeatAnswer = z.output<typeof HeartbeatAnswer>;

export const presenceRoutes = defineRoutes({
  sendHeartbeat: {
    method: 'POST',
    path: '/agents/{id}/heartbeat',
    summary:
      'Say that the agent is there, how loaded it is and how it gets on; silent for three intervals, it is unreachable',
    scope: 'tasks:write',
    principals: ['agent'],
    params: z.strictObject({ id: PrincipalId }),
    body: AgentHeartbeat,
    ok: HeartbeatAnswer,
    errors: ['NotThisAgent', 'VersionConflict'],
  },
});
