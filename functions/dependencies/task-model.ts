import type { Task } from '../workload/contract.ts';

const over: ReadonlySet<Task['state']> = new Set(['done', 'failed', 'cancelled']);

/** Nothing will happen to the task any more. */
export const isOver = ({ state }: Pick<Task, 'state'>): boolean => over.has(state);
/** Nobody works on the task yet. */
export const isWaiting = ({ state }: Pick<Task, 'state'>): boolean => state === 'queued' || state === 'blocked';
