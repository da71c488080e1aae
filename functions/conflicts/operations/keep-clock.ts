import { onLatest } from '../../shared/again.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Change, type Commit, joined } from '../../shared/commit.ts';
import { continueTrace } from '../../shared/trace.ts';
import { tokenExpiry, type Workflow } from '../../shared/workflow.ts';
import { advancing, escalating, reminding } from '../changes.ts';
import type { Conflict } from '../contract.ts';
import { decidersAt, levelWithDeciders } from '../deciders.ts';
import { escalatedTo as escalatedMessages, reminderTo, turnTo } from '../messages.ts';
import { begun } from '../model.ts';
import type { Authority } from '../ports.ts';
import { type Store, writes } from '../store.ts';
import { decisionTypeOf } from '../terms-model.ts';
import { clockState, escalatedTo, levelAbove, type Over, reminded, whenOver } from '../turn-model.ts';
import type { ClockState } from '../workflow-contract.ts';
import type { Officers } from '../../shared/officers.ts';
import type { InboxPort } from '../../approvals/contract.ts';

export type ClockDeps = {
  store: Store;
  inbox: InboxPort;
  officers: Officers;
  authority: Authority;
  workflow: Pick<Workflow, 'answer'>;
  commit: Commit;
  now: Clock;
};

/** Asks the parties of a conflict for their perspectives; nothing is to be done where one of them spoke already. */
export const begin = (deps: ClockDeps, id: string, traceparent: string): Promise<ClockState> =>
  onLatest(async () => {
    const now = deps.now();
    const conflict = await required(deps, id);
    const next = begun(conflict);
    if (next) await write(deps, advancing(next, conflict.step, []), now, traceparent);
    return clockState(next ?? conflict, now);
  });

/** How a conflict stands. */
export const look = async (deps: ClockDeps, id: string): Promise<ClockState> =>
  clockState(await required(deps, id), deps.now());

/** Keeps the token with which the end of a turn wakes the workflow; where the turn has ended, that is now. */
export async function awaitTurn(deps: ClockDeps, id: string, turn: number, token: string): Promise<void> {
  const { due_at } = await required(deps, id);
  const ttl = tokenExpiry(due_at === null ? deps.now() : new Date(due_at));
  await write(deps, { writes: [writes.token(id, token, ttl)], entries: [] }, deps.now());
  // A turn that ended before the token was there to be found has woken nobody.
  const after = await required(deps, id);
  if (after.turn !== turn) await deps.workflow.answer(token);
}

/** Reminds the level that is to decide, once in a turn. */
export const remindLevel = (deps: ClockDeps, id: string, turn: number, traceparent: string): Promise<ClockState> =>
  onLatest(async () => {
    const now = deps.now();
    const conflict = await required(deps, id);
    const next = reminded(conflict, turn);
    if (!next) return clockState(conflict, now);
    const deciders = await decidersAt(deps.officers, next, next.escalation?.level ?? 'board');
    const told = deps.inbox.deliver(reminderTo(next, deciders), next.domain, now);
    await write(deps, joined(reminding(next), told), now, traceparent);
    return clockState(next, now);
  });

/** Ends a turn whose time is over: the next step, or the next level. A conflict never ends by its clock. */
export const passTurn = (deps: ClockDeps, id: string, turn: number, traceparent: string): Promise<ClockState> =>
  onLatest(async () => {
    const now = deps.now();
    const conflict = await required(deps, id);
    const over = whenOver(conflict, turn, now);
    if (over.kind === 'none') return clockState(conflict, now);
    const { next, change } = await following(deps, conflict, over, now);
    await write(deps, change, now, traceparent);
    return clockState(next, now);
  });

async function following(
  deps: ClockDeps,
  conflict: Conflict,
  over: Exclude<Over, { kind: 'none' }>,
  now: Date,
): Promise<{ next: Conflict; change: Change }> {
  if (over.kind === 'advanced') {
    const { next, silent } = over;
    const told = deps.inbox.deliver(turnTo(next), next.domain, now);
    return { next, change: joined(advancing(next, conflict.step, silent), told) };
  }
  const lowest = over.from === null ? await deps.authority.levelOf(decisionTypeOf(conflict)) : levelAbove(over.from);
  const { level, deciders } = await levelWithDeciders(deps.officers, conflict, lowest);
  const next = escalatedTo(conflict, level, now);
  const told = deps.inbox.deliver(escalatedMessages(next, deciders), next.domain, now);
  return { next, change: joined(escalating(next, over.from), told) };
}

async function required({ store }: ClockDeps, id: string): Promise<Conflict> {
  const conflict = await store.conflict(id);
  if (!conflict) throw new Error(`there is no conflict ${id}`);
  return conflict;
}

const write = async (deps: ClockDeps, change: Change, now: Date, traceparent?: string): Promise<void> => {
  await deps.commit(change, { actor: 'orchestra_conflicts', now, trace: continueTrace(traceparent) });
};
