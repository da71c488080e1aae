import { inboxPort } from '../approvals/inbox-port.ts';
import { decisionAllowed, decisionRedeemed } from '../authority/contract.ts';
import { decisionsIn } from '../authority/store.ts';
import { reservationRefused } from '../dependencies/contract.ts';
import { directoryStore } from '../directory/questions.ts';
import { consume, type Delivery, on } from '../shared/consume.ts';
import { ClockEnv, readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { clocksOf, type Workflow, workflowOf } from '../shared/workflow.ts';
import { taskClaimed } from '../workload/contract.ts';
import { workloadPort } from '../workload/port.ts';
import { conflictIdentified, conflictResolved, interestsGiven, perspectiveGiven } from './contract.ts';
import { onClaim, onDecision, onRefusal } from './operations/detect-conflicts.ts';
import { conflictsStore } from './store.ts';

const nothing = { writes: [], entries: [] };

/** An event, with the name of its type. */
const heard = <D>({ type }: { type: string }, { id, data }: { id?: unknown; data: D }) => ({
  id: String(id),
  type,
  data,
});

/** The slice's consumer on a given core. */
export const conflictsConsumer = (core: Core, workflow: Workflow) => {
  const { state } = core;
  const { tasks } = workloadPort(core);
  const store = conflictsStore(state);
  const deps = { store, inbox: inboxPort(state), units: directoryStore(state), tasks, decisions: decisionsIn(state) };
  const clocks = clocksOf(workflow, store, 'conflict_id');
  const spoken = ({ data }: { data: { conflict_id: string; complete: boolean } }, delivery: Delivery) =>
    data.complete ? clocks.wake(data.conflict_id, delivery) : delivery.commit(nothing);
  return consume(
    'conflicts',
    [
      on(conflictIdentified, ({ data }, delivery) => clocks.start(data.conflict_id, delivery)),
      on(perspectiveGiven, spoken),
      on(interestsGiven, spoken),
      on(conflictResolved, ({ data }, delivery) => clocks.wake(data.conflict_id, delivery)),
      on(reservationRefused, (event, delivery) => onRefusal(deps, heard(reservationRefused, event), delivery)),
      on(taskClaimed, (event, delivery) => onClaim(deps, heard(taskClaimed, event), delivery)),
      on(decisionAllowed, (event, delivery) => onDecision(deps, heard(decisionAllowed, event), delivery)),
      on(decisionRedeemed, (event, delivery) => onDecision(deps, heard(decisionRedeemed, event), delivery)),
    ],
    core,
  );
};

const env = readEnv(ClockEnv);
export const handler = conflictsConsumer(coreFrom(env), workflowOf(env.CLOCK_WORKFLOW_ARN));
