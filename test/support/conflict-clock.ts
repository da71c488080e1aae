import { inboxPort } from '../../functions/approvals/inbox-port.ts';
import { levelPort } from '../../functions/authority/level-port.ts';
import { clockDeps } from '../../functions/conflicts/clock-deps.ts';
import { begin, passTurn } from '../../functions/conflicts/operations/keep-clock.ts';
import { directoryStore } from '../../functions/directory/questions.ts';
import type { Table } from '../../functions/shared/dynamo.ts';
import { workflowOf } from '../../functions/shared/workflow.ts';
import { conflictOf, raised } from './conflicts.ts';
import { enterpriseOrchestrator } from './organization.ts';
import { coreHere } from './slices.ts';
import type { Reply } from './world.ts';
import { officersFrom } from '../../functions/shared/officers.ts';

/** What keeps the clocks of conflicts, in this process; `state` may show it the state otherwise than it is. */
export async function conflictClock(state: (table: Table) => Table = (table) => table) {
  const core = await coreHere();
  const table = state(core.state);
  const workflow = workflowOf('arn:aws:states:us-east-1:000000000000:stateMachine:orchestra-local-conflict');
  const officers = officersFrom(directoryStore(table));
  const authority = { levelOf: levelPort(table) };
  return { ...clockDeps(core, { officers, authority, inbox: inboxPort(table), workflow }), workflow };
}

/** A conflict whose parties did not settle it in their time, which is over at once. */
export async function escalatedNow(given?: Reply['body'], deps = conflictClock()): Promise<Reply['body']> {
  const { id } = given ?? (await raised());
  await begin(await deps, id, '');
  for (const turn of [0, 1, 2]) await passTurn(await deps, id, turn, '');
  return conflictOf(id, enterpriseOrchestrator);
}
