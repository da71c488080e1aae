import { fact, type Fact } from '../../shared/contract.ts';
import type { Item, Key } from '../../shared/dynamo.ts';
import { homeOf } from '../../shared/principal.ts';
import type { Call, Caller } from '../../shared/serve.ts';
import { aboutTask, changeOf, pastClaimOf, type Step } from '../changes.ts';
import {
  type ClaimEnd,
  type Lease,
  type routes,
  type Task,
  taskCompleted,
  taskFailed,
  taskReleased,
  taskSubmitted,
} from '../contract.ts';
import { afterClaim } from '../model.ts';
import type { Deps } from '../ports.ts';
import { type Tally, writes } from '../store.ts';
import { holdKeys, holding } from './hold-task.ts';
import { joined } from '../../shared/commit.ts';
import { onLoaded } from '../../shared/again.ts';

type Loaded = readonly (Item | undefined)[];
type Route = (typeof routes)['completeTask' | 'releaseTask' | 'failTask'];
type EndDeps = Pick<Deps, 'limits' | 'read'>;

/** What a holder ends its claim on: the task, the claim, and the limits that it reserved at. */
export const endKeys = ({ limits }: Pick<Deps, 'limits'>, id: string, caller: Caller): Key[] => [
  ...holdKeys(id),
  ...limits.keysFor(caller),
];

type Ending = {
  end: ClaimEnd;
  more?: Partial<Task>;
  actual?: Call<(typeof routes)['completeTask']>['body']['actual'];
  tally: (task: Task, minutes: number) => Tally;
  summary: string;
  reasoning: string;
  event: (step: Step, lease: Lease, minutes: number) => Fact;
};

const minutesOf = ({ claimed_at }: Lease, now: Date): number =>
  Math.max(0, Math.round((now.getTime() - new Date(claimed_at).getTime()) / 60_000));

/** Ends a claim by its holder, and settles what it consumed, in one transaction. */
function endClaim(deps: EndDeps, call: Call<Route>, loaded: Loaded, ending: Ending): Promise<Task> {
  const read = () => deps.read(endKeys(deps, call.params.id, homeOf(call.actor)));
  return onLoaded(loaded, read, (items) => endOnce(deps, call, items, ending));
}

async function endOnce(deps: EndDeps, call: Call<Route>, items: Loaded, ending: Ending): Promise<Task> {
  const { actor, now, trace, params, body } = call;
  const { task, lease } = holding(items, params.id, actor.id, body.token);
  const after = afterClaim(task, ending.end, now, ending.more);
  const settled = await deps.limits.settle(
    {
      reservation: lease.reservation,
      abandoned: ending.end === 'released',
      actual: ending.actual,
      decisionId: task.id,
      principal: actor.id,
      domain: lease.domain,
      now,
      trace,
    },
    { holder: homeOf(actor), items: items.slice(holdKeys(params.id).length) },
  );
  const { reservation, overrun } = settled;
  const minutes = minutesOf(lease, now);
  const change = changeOf(
    { before: task, after },
    {
      summary: ending.summary,
      decision: ending.end,
      reasoning: ending.reasoning,
      event: ending.event({ before: task, after }, lease, minutes),
      beside: [writes.endLease(lease), writes.pastClaim(pastClaimOf(lease, ending.end, now, { reservation, overrun }))],
      notes: new Map([[actor.id, { tally: ending.tally(task, minutes) }]]),
    },
  );
  return call.commit(joined(change, settled.change), after);
}

/** The work is done. Where a review is asked for, somebody else says whether it is. */
export function completeTask(
  deps: EndDeps,
  call: Call<(typeof routes)['completeTask']>,
  loaded: Loaded,
): Promise<Task> {
  const { actor, body } = call;
  return endClaim(deps, call, loaded, {
    end: 'completed',
    more: { result: body.result },
    actual: body.actual,
    tally: ({ estimate_minutes }, minutes) => ({
      done: 1,
      estimated_minutes: estimate_minutes,
      spent_minutes: minutes,
    }),
    summary: `Done by ${actor.id}`,
    reasoning: body.result,
    event: (step, { token }, minutes) =>
      step.after.state === 'review'
        ? fact(taskSubmitted, { ...aboutTask(step), agent: actor.id, token })
        : fact(taskCompleted, { ...aboutTask(step), agent: actor.id, minutes }),
  });
}

/** The task goes back into the queue, whoever it is assigned to. */
export function releaseTask(deps: EndDeps, call: Call<(typeof routes)['releaseTask']>, loaded: Loaded): Promise<Task> {
  const { actor, body } = call;
  return endClaim(deps, call, loaded, {
    end: 'released',
    tally: () => ({}),
    summary: `Given back by ${actor.id}`,
    reasoning: body.reason,
    event: (step, { token }) => fact(taskReleased, { ...aboutTask(step), agent: actor.id, token, reason: body.reason }),
  });
}

/** The work cannot be done. */
export function failTask(deps: EndDeps, call: Call<(typeof routes)['failTask']>, loaded: Loaded): Promise<Task> {
  const { actor, body } = call;
  return endClaim(deps, call, loaded, {
    end: 'failed',
    more: { result: body.reason },
    actual: body.actual,
    tally: () => ({ failed: 1 }),
    summary: `Failed by ${actor.id}`,
    reasoning: body.reason,
    event: (step, { token }) => fact(taskFailed, { ...aboutTask(step), agent: actor.id, token, reason: body.reason }),
  });
}
