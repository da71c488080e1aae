import { addSeconds } from '../../shared/clock.ts';
import { continueTrace } from '../../shared/trace.ts';
import { nextTick } from '../clock-model.ts';
import type { Workflow } from '../../shared/workflow.ts';
import { type ClockDeps, moveUp, remindLevel } from './keep-clock.ts';

type Deps = ClockDeps & { workflow: Workflow };

/** How late a clock may be before it counts as stopped, in seconds. */
const grace = 300;
const perShard = 25;

/**
 * Does what the workflow of an escalation has not done in its time, and gives the escalation a new one: whatever happens to
 * an execution, no request waits for ever.
 * @returns those that had no clock that ran; a full sweep may leave more for the next one
 */
export async function rescueEscalations(deps: Deps, now: Date): Promise<string[]> {
  const late = addSeconds(now, -grace);
  const rescued: string[] = [];
  for (const escalation of await deps.store.due(late, perShard)) {
    const tick = nextTick(escalation);
    // The index lags: the record says whether something is due still.
    if (escalation.state !== 'open' || new Date(tick.at) > late) continue;
    const { traceparent } = continueTrace(undefined);
    const over = new Date(escalation.level_deadline) <= now;
    const act = tick.does === 'move_up' || over ? moveUp : remindLevel;
    const after = await act(deps, escalation.id, escalation.round, traceparent);
    if (after.state === 'open') {
      const name = `${escalation.id}-${escalation.version}`;
      await deps.workflow.start(name, { escalation_id: escalation.id, traceparent });
    }
    rescued.push(escalation.id);
  }
  return rescued;
}
