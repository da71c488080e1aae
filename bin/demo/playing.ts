import { setTimeout as sleep } from 'node:timers/promises';
import { orchestratorOf } from './crew.ts';
import { desk } from './desk.ts';
import type { ConflictPart, HandoffPart, NeedPart, ReservationPart, ResourcePart } from './parts.ts';
import type { PlannedTask } from './plan.ts';
import type { Scene } from './scene.ts';

/** A task comes in, and something is done about it later. */
export async function comesIn(scene: Scene, planned: PlannedTask): Promise<void> {
  const { plan, fleet, view, until } = scene;
  const work = desk(plan.seed, scene.as(orchestratorOf(planned.domain)));
  await until(planned.at);
  const byAgent = planned.by !== undefined && fleet.tell(planned.by, { kind: 'create', task: planned.task });
  if (!byAgent && (await work.create(planned.task))) view.counts.created += 1;
  if (planned.later === 'nothing') return;
  await sleep(planned.later === 'assign' ? 1500 : plan.length * 0.12);
  const said = await work.followUp(planned);
  if (said !== undefined) view.tell(said);
}

/** Work is given to an agent, who is to hand it over to another team in the middle of it. */
export async function handsOver({ plan, fleet, view, as, until }: Scene, part: HandoffPart): Promise<void> {
  const { at, task, domain, by, to, manner } = part;
  const work = desk(plan.seed, as(orchestratorOf(domain)));
  await until(at);
  if (await work.create(task)) view.counts.created += 1;
  await work.give(task.id, by);
  await sleep(6000);
  const isTold = fleet.tell(by, { kind: 'play', what: 'handoff', name: task.id });
  const how = manner === 'whole' ? '' : manner === 'silent' ? ', who will be silent' : ', who will refuse';
  if (isTold) view.tell(`${by} hands ${task.id} over to ${to.recipient} of ${to.team}${how}`);
}

/** A task needs another one. */
export async function needs({ plan, fleet, view, as, until }: Scene, part: NeedPart): Promise<void> {
  const { at, name, by, provider, taskId, on } = part;
  await until(at);
  if (provider) {
    const work = desk(plan.seed, as(orchestratorOf(provider.domain)));
    if (await work.create(provider.task)) view.counts.created += 1;
  }
  if (fleet.tell(by, { kind: 'play', what: 'need', name })) view.tell(`${taskId} is to wait for ${on}`);
}

/** What all share. */
export async function offers({ as, until }: Scene, { id, domain, capacity }: ResourcePart): Promise<void> {
  await until(0);
  const body = { id, name: 'Load test rig', domain, capacity, unit: 'rigs' };
  await as(orchestratorOf(domain))('POST', '/resources', { body });
}

export async function reserves({ fleet, until }: Scene, { at, by, name }: ReservationPart): Promise<void> {
  await until(at);
  fleet.tell(by, { kind: 'play', what: 'reservation', name });
}

/** Two teams disagree. */
export async function disagrees({ fleet, view, until }: Scene, part: ConflictPart): Promise<void> {
  const { at, by, name, parties, manner } = part;
  await until(at);
  if (!fleet.tell(by, { kind: 'play', what: 'conflict', name })) return;
  const teams = parties.map(({ team }) => team).join(' and ');
  view.tell(`${teams} disagree about ${name}${manner === 'stubborn' ? ', and neither gives way' : ''}`);
}
