import { Problem, type ProblemCode } from '../shared/errors.ts';
import { type Actor, governs } from '../shared/principal.ts';
import type { Task } from '../workload/contract.ts';
import type { Dependency, Side } from './contract.ts';
import type { Sight } from './outlook-model.ts';

/** Whose a task is now; a handoff may have moved it since the dependency was registered. */
export const ownerOf = (task: Task | undefined, registered: Side): Side =>
  task ? { domain: task.domain, team: task.team } : registered;

/** Who works on a task, or is to. */
export const workerOf = (task: Task | undefined): string | null => task?.holding?.agent ?? task?.assignee ?? null;

/** Whether somebody speaks for a side: its team, whoever works on its task, the orchestrator of its domain, or one above. */
export function speaksFor(actor: Actor, side: Side, task?: Task): 'granted' | ProblemCode {
  switch (actor.kind) {
    case 'agent': {
      const isOfTeam = side.team !== null && actor.team === side.team;
      return isOfTeam || workerOf(task) === actor.id ? 'granted' : 'NotAParty';
    }
    case 'domain_orchestrator':
      return actor.domain === side.domain ? 'granted' : 'NotAParty';
    case 'enterprise_orchestrator':
      return 'granted';
    case 'human':
      return governs(actor) ? 'granted' : 'RoleMissing';
  }
}

/** Who may read a dependency: either domain, and those above. */
export function maySee(dependency: Dependency, sight: Sight, reader: Actor): boolean {
  if (reader.level !== 'agent' && reader.level !== 'domain') return true;
  const { dependent, provider } = dependency;
  const domains = [dependent, provider, ownerOf(sight.task, dependent), ownerOf(sight.on, provider)];
  const isWorker = [sight.task, sight.on].some((task) => workerOf(task) === reader.id);
  return isWorker || domains.some(({ domain }) => domain === reader.domain);
}

/** @throws Problem with the code of the refusal, unless the actor speaks for the side */
export function requireParty(actor: Actor, side: Side, task?: Task): void {
  const code = speaksFor(actor, side, task);
  if (code !== 'granted') throw Problem.titled(code);
}
