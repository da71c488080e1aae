import { addSeconds } from '../../shared/clock.ts';
import { continueTrace } from '../../shared/trace.ts';
import type { Workflow } from '../../shared/workflow.ts';
import { isOpen } from '../model.ts';
import { catchUp, type ClockDeps } from './keep-clock.ts';

type Deps = ClockDeps & { workflow: Workflow };

/** How late a clock may be before it counts as stopped, in seconds. */
const grace = 300;
const perShard = 25;

/**
 * Does what the workflow of a handoff has not done in its time, and gives the handoff a new one: whatever happens to an
 * execution, no handoff waits for ever.
 * @returns those that had no clock that ran; a full sweep may leave more for the next one
 */
export async function rescueHandoffs(deps: Deps, now: Date): Promise<string[]> {
  const late = addSeconds(now, -grace);
  const rescued: string[] = [];
  for (const id of await deps.store.due(late, perShard)) {
    const { traceparent } = continueTrace(undefined);
    const after = await catchUp(deps, id, late, traceparent);
    if (!after) continue;
    if (isOpen(after)) await deps.workflow.start(`${id}-${after.version}`, { handoff_id: id, traceparent });
    rescued.push(id);
  }
  return rescued;
}
