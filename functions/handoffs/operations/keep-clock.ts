import { onLatest } from '../../shared/again.ts';
import { type Change, joined } from '../../shared/commit.ts';
import { continueTrace } from '../../shared/trace.ts';
import { tokenExpiry, type Workflow } from '../../shared/workflow.ts';
import { chasing, closing, reminding } from '../changes.ts';
import { clockState, nextTick, overdueTick, type Tick } from '../clock-model.ts';
import type { Handoff } from '../contract.ts';
import { overseersOf } from '../deciders.ts';
import { closed, expired } from '../end-model.ts';
import { delivered } from '../guards.ts';
import { ended, questionOverdue, reminder } from '../messages.ts';
import { revised } from '../model.ts';
import type { Deps } from '../ports.ts';
import { writes } from '../store.ts';
import { unmoved } from '../unmoved.ts';
import type { ClockState, Due } from '../workflow-contract.ts';

export type ClockDeps = Deps & { workflow: Pick<Workflow, 'answer'> };
type Seen = { does: Due; at: string };

/** How a handoff stands, and what its clock does next. */
export const look = async (deps: ClockDeps, id: string): Promise<ClockState> =>
  clockState(await required(deps, id), deps.now());

/**
 * Keeps the token with which whatever changes the clock of a handoff wakes its workflow; where something else is next by now
 * than the workflow has seen, that is at once.
 */
export async function awaitChange(deps: ClockDeps, id: string, seen: Seen, token: string): Promise<void> {
  const ttl = tokenExpiry(new Date(seen.at));
  await write(deps, { writes: [writes.token(id, token, ttl)], entries: [] }, deps.now());
  // A change that came before the token was there to be found has woken nobody.
  if (!isNext(await required(deps, id), seen)) await deps.workflow.answer(token);
}

/** Does what is due, unless something else is next by now. */
export const tick = (deps: ClockDeps, id: string, seen: Seen, traceparent: string): Promise<ClockState> =>
  onLatest(async () => {
    const now = deps.now();
    const handoff = await required(deps, id);
    const due = nextTick(handoff);
    if (!due || !isNext(handoff, seen)) return clockState(handoff, now);
    return clockState(await acted(deps, handoff, due, { now, traceparent }), now);
  });

/**
 * Does what the workflow of a handoff has not done in its time.
 * @returns the handoff as it is then; undefined where nothing was late
 */
export const catchUp = (deps: ClockDeps, id: string, late: Date, traceparent: string): Promise<Handoff | undefined> =>
  onLatest(async () => {
    const now = deps.now();
    const handoff = await required(deps, id);
    const next = nextTick(handoff);
    // The index lags: the record says whether something is due still.
    if (!next || new Date(next.at) > late) return undefined;
    return acted(deps, handoff, overdueTick(handoff, now) ?? next, { now, traceparent });
  });

const isNext = (handoff: Handoff, { does, at }: Seen): boolean => {
  const next = nextTick(handoff);
  return next?.does === does && next.at === at;
};

type Moment = { now: Date; traceparent: string };

async function acted(deps: ClockDeps, before: Handoff, due: Tick, { now, traceparent }: Moment): Promise<Handoff> {
  const { change, next } = await changeOf(deps, before, due, now);
  await write(deps, change, now, traceparent);
  return next;
}

async function changeOf(
  deps: ClockDeps,
  before: Handoff,
  due: Tick,
  now: Date,
): Promise<{ change: Change; next: Handoff }> {
  switch (due.does) {
    case 'remind': {
      const next = revised(before, { reminded: true }, now);
      return { change: joined(reminding(before, next), ...delivered(deps.inbox, reminder(next), now)), next };
    }
    case 'expire':
      return unmoved(deps, before, expired(before, now), 'expired', now);
    case 'chase':
      return chased(deps, before, due.question ?? 0, now);
    case 'close': {
      const next = closed(before, null, now);
      return { change: joined(closing(before, next), ...delivered(deps.inbox, ended(next, 'closed'), now)), next };
    }
  }
}

/** Tells the domain of the handing team of a question that it has left unanswered, once. */
async function chased(deps: ClockDeps, before: Handoff, number: number, now: Date) {
  const to = await overseersOf(deps.directory, before);
  const questions = before.questions.map((one) =>
    one.number === number ? { ...one, escalated_at: now.toISOString() } : one,
  );
  const next = revised(before, { questions }, now);
  const question = next.questions[number - 1];
  if (!question) throw new Error(`there is no question ${number}`);
  const messages = delivered(deps.inbox, questionOverdue(next, question, to), now);
  return { change: joined(chasing(before, next, question, to), ...messages), next };
}

async function required({ store }: ClockDeps, id: string): Promise<Handoff> {
  const handoff = await store.handoff(id);
  if (!handoff) throw new Error(`there is no handoff ${id}`);
  return handoff;
}

const write = async (deps: ClockDeps, change: Change, now: Date, traceparent?: string): Promise<void> => {
  await deps.commit(change, { actor: 'orchestra_handoffs', now, trace: continueTrace(traceparent) });
};
