import type { Delivery } from '../../shared/consume.ts';
import type { ReservationRefused as Refused } from '../../dependencies/contract.ts';
import { collision, contradiction, isBinding, isInWork, sharedScope } from '../detection-model.ts';
import type { Decisions, Tasks } from '../ports.ts';
import { sighted, type Sightings } from '../sightings-model.ts';
import { writes } from '../store.ts';
import { againstOthers, type Heard, raise, type RaiseDeps } from './raise-finding.ts';

export type DetectDeps = RaiseDeps & { tasks: Tasks; decisions: Decisions };

const day = 86_400;

/** Two teams that want a resource at the same time. */
export const onRefusal = (deps: DetectDeps, event: Heard & { data: Refused }, delivery: Delivery): Promise<void> =>
  againstOthers(async () => {
    const { data } = event;
    const ids = [data.task_id, ...data.holders.map(({ task_id }) => task_id)].filter((id) => id !== null);
    const tasks = (await deps.tasks([...new Set(ids)])).filter((task) => task !== undefined);
    const finding = collision(data, tasks);
    if (!finding) return delivery.commit({ writes: [], entries: [] });
    return raise(deps, finding, event, delivery);
  });

type Claimed = Heard & { data: { task_id: string; topic: string | null } };

/**
 * Two teams that work on a topic at the same time. Which tasks there are of a topic is kept here; whether somebody works on them
 * now say the tasks themselves, however late or out of order their events come.
 */
export const onClaim = (deps: DetectDeps, event: Claimed, delivery: Delivery): Promise<void> =>
  againstOthers(async () => {
    const { topic, task_id } = event.data;
    if (topic === null) return delivery.commit({ writes: [], entries: [] });
    const before = await deps.store.sightings('topic', topic);
    const ids = [...new Set([...idsOf(before), task_id])];
    const inWork = (await deps.tasks(ids)).filter((task) => isInWork(task, topic));
    const alive = new Set(inWork.map(({ id }) => id));
    const seen = sighted(before, task_id, { now: delivery.now, keep: (id) => alive.has(id), seconds: 30 * day });
    const note = writes.sightings('topic', topic, seen, delivery.now);
    const finding = alive.has(task_id) ? sharedScope(topic, inWork) : undefined;
    if (!finding) return delivery.commit({ writes: [note], entries: [] });
    return raise(deps, finding, event, delivery, [note]);
  });

type Decided = Heard & { data: { decision_id: string } };

/** Decisions of different teams or domains on one thing that say different things within a day. */
export const onDecision = (deps: DetectDeps, event: Decided, delivery: Delivery): Promise<void> =>
  againstOthers(async () => {
    const { decision_id } = event.data;
    const [decision] = await deps.decisions([decision_id]);
    if (!decision || !isBinding(decision)) return delivery.commit({ writes: [], entries: [] });
    const { type, id } = decision.proposal.resource;
    const name = `${type}/${id}`;
    const before = await deps.store.sightings('resource', name);
    const others = (await deps.decisions(idsOf(before))).filter((one) => one !== undefined);
    const seen = sighted(before, decision_id, { now: delivery.now, keep: () => true, seconds: day });
    const note = writes.sightings('resource', name, seen, delivery.now);
    const finding = contradiction(decision, others);
    if (!finding) return delivery.commit({ writes: [note], entries: [] });
    return raise(deps, finding, event, delivery, [note]);
  });

const idsOf = (seen: Sightings | undefined): string[] => (seen?.seen ?? []).map(({ id }) => id);
