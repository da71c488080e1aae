import { mandateFault } from '../../authority/contract.ts';
import { raced, onLoaded } from '../../shared/again.ts';
import type { Item, Key, Write } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call, Input } from '../../shared/serve.ts';
import { assigned, toFirstFree } from '../assigning.ts';
import type { Assignment, Fit, Lease, Ranking, routes, Task } from '../contract.ts';
import { foundTask, requireManager } from '../guards.ts';
import { idle, type Registered } from '../load-model.ts';
import { isHeld, isWaiting, lacking } from '../model.ts';
import type { Deps } from '../ports.ts';
import { fitOf, rank } from '../rank-model.ts';
import { keys, leaseFrom, loadFrom, writes } from '../store.ts';

type Route = (typeof routes)['assignTask'];
type Asked = Call<Route>;
type Loaded = readonly (Item | undefined)[];
type AssignDeps = Pick<Deps, 'directory' | 'decisions' | 'candidates' | 'inbox' | 'read'>;

export function assignKeys({ directory, decisions }: AssignDeps, { params, body }: Input<Route>): Key[] {
  const { agent, decision_id } = body;
  return [
    keys.task(params.id),
    keys.lease(params.id),
    ...(agent === undefined ? [] : [keys.load(agent), directory.keyOf(agent)]),
    ...(decision_id === undefined ? [] : [decisions.keyOf(decision_id), keys.use(decision_id)]),
  ];
}

/** Gives a task to the agent that is named, or to the one that fits best of those that have room for it. */
export function assignTask(deps: AssignDeps, call: Asked, loaded: Loaded): Promise<Assignment> {
  const read = () => deps.read(assignKeys(deps, call));
  return onLoaded(loaded, read, async ([taskItem, leaseItem, ...rest]) => {
    const task = foundTask(taskItem, call.params.id);
    requireManager(call.actor, task);
    if (!isWaiting(task) && !isHeld(task)) throw new Problem('TaskNotOpen', `It is ${task.state}.`);
    if (task.handoff_id !== null) throw new Problem('TaskInHandoff', `It is part of ${task.handoff_id}.`);
    const at = { task, lease: leaseFrom(leaseItem) };
    return call.body.agent === undefined ? toBestFit(deps, call, at) : toNamed(deps, call, at, call.body.agent, rest);
  });
}

type At = { task: Task; lease: Lease | undefined };
const mostTried = 12;
const mostShown = 5;

/**
 * The index lags by moments, so the best may have no room left, or have been stopped: the next one is tried. Who holds the task
 * now is none of them: it is taken from it.
 */
async function toBestFit(deps: AssignDeps, call: Asked, { task, lease }: At): Promise<Assignment> {
  const found = await deps.candidates.find(task);
  const ranking = rank(
    task,
    found.filter(({ agent }) => agent !== task.holding?.agent),
  );
  const reason = `The best of ${ranking.considered} that were found with room.`;
  const given = await toFirstFree(ranking.candidates.slice(0, mostTried), async (fit) => {
    if (fit.agent === task.assignee && isWaiting(task)) return answerOf(task, fit, ranking);
    const order = { task, lease, agent: fit.agent, fit, reason, now: call.now, ifFree: true };
    const { after, change } = assigned(deps, order);
    return call.commit(change, answerOf(after, fit, ranking));
  });
  if (given) return given;
  const why = ranking.excluded.slice(0, mostShown).map((left) => `${left.agent}: ${left.reason}`);
  throw new Problem('NoCandidate', `Of ${ranking.considered} agents, none can take it. ${why.join(' ')}`.trim());
}

const answerOf = (task: Task, fit: Fit, ranking: Ranking): Assignment => ({
  task,
  fit,
  ranking: ranking.candidates.slice(0, mostShown),
});

async function toNamed(deps: AssignDeps, call: Asked, { task, lease }: At, id: string, rest: Loaded) {
  const [loadItem, agentItem, decisionItem, useItem] = rest;
  const agent = deps.directory.agent(agentItem);
  if (agent?.status !== 'active') {
    const detail = agent ? `${id} is ${agent.status}.` : `There is no agent ${id}.`;
    throw new Problem('InvalidFields', detail, { faults: [{ pointer: '/body/agent', detail }] });
  }
  const missing = lacking(task, agent.skills);
  if (missing.length > 0) throw new Problem('SkillMissing', `${id} lacks ${missing.join(', ')}.`);
  const beside = agent.domain === task.domain ? [] : mandated(deps, call, task, decisionItem, useItem);
  const load = loadFrom(loadItem);
  const fit = fitOf(task, load ? { ...load, ...placeOf(agent) } : idle(agent));
  if (task.assignee === id && isWaiting(task)) return { task, fit, ranking: [fit] };
  const fresh = load ? undefined : agent;
  const reason = `Named by ${call.actor.id}.`;
  const given = { task, lease, agent: id, fit, reason, now: call.now, fresh, ifFree: false, beside };
  const { after, change } = assigned(deps, given);
  return raced(call.commit(change, { task: after, fit, ranking: [fit] }));
}

/** What is known of an agent's load may be a moment old in this. */
const placeOf = ({ domain, team, skills }: Registered) => ({ domain, team, skills });

/**
 * Work crosses the border of a domain by a decision only, about this very task and agent, which serves once.
 * @throws Problem `MandateMissing`
 */
function mandated(
  { decisions }: AssignDeps,
  call: Asked,
  task: Task,
  item: Item | undefined,
  use: Item | undefined,
): Write[] {
  const { agent, decision_id: id } = call.body;
  const decision = decisions.from(item);
  const wanted = { type: 'resource_allocation', resource: { type: 'task', id: `${task.id}@${agent}` } };
  const fault = use ? 'The decision was used already.' : mandateFault(decision, wanted, call.now);
  if (id === undefined || !decision || fault !== undefined) {
    throw new Problem(
      'MandateMissing',
      `${agent} is outside of ${task.domain}, so it takes a decision. ${fault ?? ''}`.trim(),
    );
  }
  return [writes.use(id, task.id), decisions.unchanged(decision)];
}
