import type { Item } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { newIdOf } from '../../shared/ids.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call, Caller, Input } from '../../shared/serve.ts';
import { created } from '../changes.ts';
import type { routes, Task } from '../contract.ts';
import { requireManager } from '../guards.ts';
import { newTask } from '../model.ts';
import type { Deps } from '../ports.ts';

type Route = (typeof routes)['createTask'];

/** The team that is to own the task: as asked, or that of whoever asks. */
const teamOf = (caller: Pick<Caller, 'team'>, { body }: Pick<Input<Route>, 'body'>): string | undefined =>
  body.team ?? caller.team;

export const createKeys = (deps: Pick<Deps, 'directory'>, caller: Caller, input: Input<Route>) => {
  const team = teamOf(caller, input);
  return team === undefined ? [] : [deps.directory.teamKey(team)];
};

/** Puts work into the queue of a team. Agents may give work to any team of their domain. */
export async function createTask(
  deps: Pick<Deps, 'directory'>,
  call: Call<Route>,
  [teamItem]: readonly (Item | undefined)[],
): Promise<Task> {
  const { actor, body, now } = call;
  const wanted = teamOf(actor, call);
  const team = deps.directory.team(teamItem);
  if (!team || team.status === 'retired') {
    const detail = wanted === undefined ? 'Name the team that is to own the task.' : `There is no team ${wanted}.`;
    throw new Problem('InvalidFields', detail, { faults: [{ pointer: '/body/team', detail }] });
  }
  requireCreator(actor, team);
  const id = body.id ?? newIdOf('tsk');
  const task = newTask(asGiven(body), { id, domain: team.domain, team: team.id, createdBy: actor.id, now });
  return call.commit(created(task), task);
}

/** Id and team are not taken as they were given, but as they were found. */
function asGiven(body: Call<Route>['body']) {
  const { id: _id, team: _team, ...rest } = body;
  return rest;
}

function requireCreator(actor: Actor, team: { id: string; domain: string }): void {
  const isNeighbour = actor.kind === 'agent' && actor.domain === team.domain;
  if (isNeighbour) return;
  if (actor.kind === 'agent') throw new Problem('OutsideOwnDomain', `${team.id} is of ${team.domain}.`);
  requireManager(actor, { domain: team.domain, team: team.id });
}
