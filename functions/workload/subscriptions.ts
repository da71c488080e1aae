import * as z from 'zod';
import type { EventType } from '../shared/contract.ts';
import * as events from './events.ts';

/** Whoever a task was with, or is with now: the index of candidates follows their load. */
const Moved = z.looseObject({
  agent: z.string().nullable().optional(),
  from: z.string().nullable().optional(),
  from_agent: z.string().nullable().optional(),
  assignee: z.string().nullable().optional(),
});

/** Events of tasks after which agents have more or less to do; that one is done is counted as well, so it is another's. */
export const movesLoad: readonly EventType<string, typeof Moved>[] = [
  events.taskAssigned,
  events.taskUnassigned,
  events.taskClaimed,
  events.taskReleased,
  events.taskExpired,
  events.taskSubmitted,
  events.taskReturned,
  events.taskFailed,
  events.taskCancelled,
  events.taskTransferred,
].map(({ type, summary }) => ({ type, summary, data: Moved }));
