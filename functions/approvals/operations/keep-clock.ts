import { onLatest, ifThere } from '../../shared/again.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Change, Commit } from '../../shared/commit.ts';
import { continueTrace } from '../../shared/trace.ts';
import { announcing, closing, moving, reminding } from '../changes.ts';
import { clockState } from '../clock-model.ts';
import type { Escalation } from '../contract.ts';
import { decidersOf } from '../deciders.ts';
import type { Delegations } from '../delegation-store.ts';
import type { Inboxes } from '../inbox-store.ts';
import { waitingFor } from '../messages.ts';
import { afterDeadline, reminded } from '../model.ts';
import { type Store, writes } from '../store.ts';
import type { ClockState } from '../workflow-contract.ts';
import { tokenExpiry, type Workflow } from '../../shared/workflow.ts';
import type { Officers } from '../../shared/officers.ts';

export type ClockDeps = {
  store: Store;
  inboxes: Inboxes;
  delegations: Pick<Delegations, 'homeOf'>;
  officers: Officers;
  workflow: Pick<Workflow, 'answer'>;
  commit: Commit;
  now: Clock;
};

/** Tells those who decide at the level that an escalation waits for; whoever was told already is passed over. */
export async function tellLevel(deps: ClockDeps, id: string, traceparent: string): Promise<ClockState> {
  const now = deps.now();
  const escalation = await required(deps, id);
  if (escalation.state === 'open') {
    const deciders = await decidersOf(deps.officers, escalation);
    const drafts = waitingFor(escalation, 'escalation_waits', deciders);
    const told = await Promise.all(drafts.map((draft) => deps.inboxes.message(draft.to, draft.id)));
    const others = deciders.filter((_, at) => told[at] === undefined);
    await write(deps, announcing(escalation, others, now), now, traceparent).catch(ifThere);
  }
  return clockState(await required(deps, id), now);
}

/** Keeps the token with which the end of an escalation wakes its workflow; where it has ended, that is now. */
export async function awaitEnd(deps: ClockDeps, id: string, token: string): Promise<void> {
  const { level_deadline } = await required(deps, id);
  const ttl = tokenExpiry(new Date(level_deadline));
  await write(deps, { writes: [writes.token(id, token, ttl)], entries: [] }, deps.now());
  // An end that came before the token was there to be found has woken nobody.
  const { state } = await required(deps, id);
  if (state !== 'open') await deps.workflow.answer(token);
}

/** Reminds the level, once in a round. */
export const remindLevel = (deps: ClockDeps, id: string, round: number, traceparent: string): Promise<ClockState> =>
  onLatest(async () => {
    const now = deps.now();
    const escalation = await required(deps, id);
    const next = reminded(escalation, round);
    if (!next) return clockState(escalation, now);
    await write(deps, reminding(next, await decidersOf(deps.officers, next), now), now, traceparent);
    return clockState(next, now);
  });

/** Ends a round that nobody answered: the next level decides, or the request times out. */
export const moveUp = (deps: ClockDeps, id: string, round: number, traceparent: string): Promise<ClockState> =>
  onLatest(async () => {
    const now = deps.now();
    const escalation = await required(deps, id);
    const next = afterDeadline(escalation, round, now);
    if (!next) return clockState(escalation, now);
    await write(deps, await ofNextRound(deps, next, now), now, traceparent);
    return clockState(next, now);
  });

async function ofNextRound(deps: ClockDeps, next: Escalation, now: Date): Promise<Change> {
  if (next.state === 'open') return moving(next, await decidersOf(deps.officers, next), now);
  const home = await deps.delegations.homeOf(next.requested_by);
  return closing(next, home ?? next.domain, now);
}

async function required({ store }: ClockDeps, id: string): Promise<Escalation> {
  const escalation = await store.escalation(id);
  if (!escalation) throw new Error(`there is no escalation ${id}`);
  return escalation;
}

const write = async (deps: ClockDeps, change: Change, now: Date, traceparent?: string): Promise<void> => {
  if (change.writes.length === 0) return;
  await deps.commit(change, { actor: 'orchestra_approvals', now, trace: continueTrace(traceparent) });
};
