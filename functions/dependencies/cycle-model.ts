import type { Task } from '../workload/contract.ts';
import { isOver } from '../workload/contract.ts';

/** The part of a task that says what it waits for. */
export type Node = Pick<Task, 'id' | 'state' | 'blocked_by'>;

/** A search for a way from one task to another along what each waits for, level by level. */
export type Search<N extends Node> = {
  target: string;
  /** Every task met, by the one that waits for it. */
  via: ReadonlyMap<string, string>;
  read: readonly N[];
  /** To be read next. */
  ids: readonly string[];
};
export type Found<N extends Node> =
  | { kind: 'next'; search: Search<N> }
  /** From the target back to itself. */
  | { kind: 'cycle'; path: string[] }
  | { kind: 'clear'; read: readonly N[] }
  | { kind: 'too_large' };

/** The most tasks that one check covers: each is a member of the transaction that adds the dependency. */
export const mostTasks = 80;

/** `target` shall wait for `start`: that closes a cycle if `start` waits for `target` already, however far. */
export function searchFrom<N extends Node>(target: string, start: string): Found<N> {
  const via = new Map([[start, target]]);
  if (start === target) return { kind: 'cycle', path: [target, target] };
  return { kind: 'next', search: { target, via, read: [], ids: [start] } };
}

/** The search, one level further. What is over waits for nothing. */
export function advanced<N extends Node>({ target, via, read }: Search<N>, level: readonly N[]): Found<N> {
  const met = new Map(via);
  const ids: string[] = [];
  for (const node of level.filter((one) => !isOver(one))) {
    for (const { task_id: id } of node.blocked_by) {
      if (id === target) return { kind: 'cycle', path: pathTo(target, node.id, met) };
      if (met.has(id)) continue;
      met.set(id, node.id);
      ids.push(id);
    }
  }
  const all = [...read, ...level];
  if (ids.length === 0) return { kind: 'clear', read: all };
  if (met.size > mostTasks) return { kind: 'too_large' };
  return { kind: 'next', search: { target, via: met, read: all, ids } };
}

function pathTo(target: string, last: string, via: ReadonlyMap<string, string>): string[] {
  const path = [target];
  for (let at = last; at !== target; at = via.get(at) ?? target) path.unshift(at);
  return [target, ...path];
}
