import { createHash } from 'node:crypto';
import type { MessageDraft } from '../approvals/contract.ts';
import type { Task } from './task-contract.ts';

const about = {
  task_assigned: 'For you',
  task_withdrawn: 'Not yours any more',
  task_overdue: 'Late',
} as const;

/** What an agent must hear of a task; one message for each version of the task, whatever is repeated. */
export function taskMessage(kind: keyof typeof about, to: string, task: Task): MessageDraft {
  const named = createHash('sha256').update(task.id).digest('hex').slice(0, 24);
  return {
    id: `msg_${named}-${task.version}-${kind.slice('task_'.length)}`,
    to,
    kind,
    about: `task/${task.id}`,
    summary: `${about[kind]}: ${task.title}`,
    approval: null,
    due_at: task.due_at,
    classification: task.classification,
  };
}
