import { addSeconds } from '../../shared/clock.ts';
import { continueTrace } from '../../shared/trace.ts';
import type { Workflow } from '../../shared/workflow.ts';
import { nextTick } from '../turn-model.ts';
import { begin, type ClockDeps, passTurn, remindLevel } from './keep-clock.ts';

type Deps = ClockDeps & { workflow: Workflow };

/** How late a clock may be before it counts as stopped, in seconds. */
const grace = 300;
const perShard = 25;

/**
 * Does what the workflow of a conflict has not done in its time, and gives the conflict a new one: whatever happens to an
 * execution, no conflict waits for ever.
 * @returns those that had no clock that ran; a full sweep may leave more for the next one
 */
export async function rescueConflicts(deps: Deps, now: Date): Promise<string[]> {
  const late = addSeconds(now, -grace);
  const rescued: string[] = [];
  for (const conflict of await deps.store.due(late, perShard)) {
    const tick = nextTick(conflict);
    // The index lags: the record says whether something is due still.
    if (!tick || new Date(tick.at) > late) continue;
    const { traceparent } = continueTrace(undefined);
    const { id, turn } = conflict;
    await begin(deps, id, traceparent);
    const isOver = new Date(conflict.due_at ?? tick.at) <= now;
    const act = tick.does === 'pass' || isOver ? passTurn : remindLevel;
    const after = await act(deps, id, turn, traceparent);
    if (after.step !== 'documented')
      await deps.workflow.start(`${id}-${conflict.version}`, { conflict_id: id, traceparent });
    rescued.push(id);
  }
  return rescued;
}
