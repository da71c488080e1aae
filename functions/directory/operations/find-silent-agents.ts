import type { MessageDraft } from '../../approvals/contract.ts';
import type { Change, Commit } from '../../shared/commit.ts';
import type { Table } from '../../shared/dynamo.ts';
import { Problem, type ProblemCode } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { type Standing as Acting, standing } from '../../shared/principal.ts';
import { continueTrace } from '../../shared/trace.ts';
import { fallenSilent, silenceTold } from '../presence-changes.ts';
import { type Signs, silence } from '../presence-model.ts';
import { type Presences, presenceWrites } from '../presence-store.ts';
import type { Directory } from '../questions.ts';

type Deps = {
  presences: Pick<Presences, 'due' | 'ofMany'>;
  directory: Pick<Directory, 'agents' | 'domain' | 'principal'>;
  read: Table['getMany'];
  inbox: { deliver: (drafts: readonly MessageDraft[], domain: string, now: Date) => Change };
  commit: Commit;
  heartbeatSeconds: number;
};

const perShard = 100;
const atOnce = 8;
/** More of a team are not told: it has heard of it by then. */
const mostTold = 10;

/**
 * Makes agents unreachable that were silent for too long, and tells their teams, once.
 * @returns how many; a full sweep may leave more for the next one
 * @throws AggregateError when some could not be looked at; all the others were
 */
export async function findSilentAgents(deps: Deps, now: Date): Promise<number> {
  const agents = (await deps.presences.due(now, perShard)).map(({ agent }) => agent);
  const [signs, acting] = await Promise.all([deps.presences.ofMany(agents), standing(deps.read, agents)]);
  const colleagues = colleaguesFrom(deps.directory);
  const failures: unknown[] = [];
  const found = await inParallel(signs, atOnce, (one) =>
    settle({ ...deps, colleagues }, one, acting, now).catch((error: unknown) => {
      failures.push(error);
      return false;
    }),
  );
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} agents could not be looked at`);
  return found.filter(Boolean).length;
}

type Colleagues = ReturnType<typeof colleaguesFrom>;

/** Whether an agent was made unreachable. */
async function settle(
  deps: Deps & { colleagues: Colleagues },
  { pulse, presence }: Signs,
  acting: ReadonlyMap<string, Acting>,
  now: Date,
): Promise<boolean> {
  if (!pulse) return false;
  const { domain = pulse.domain, team = pulse.team } = acting.get(pulse.agent) ?? {};
  const stands = acting.has(pulse.agent) ? 'acts' : await stopped(deps.directory, pulse.agent);
  const decided = silence({ pulse: { ...pulse, domain, team }, presence }, stands, now, deps.heartbeatSeconds);
  if (decided.kind === 'none') return false;
  if (decided.kind === 'excused') {
    await written(deps, { writes: [presenceWrites.pulse(decided.pulse)], entries: [] }, now);
    return false;
  }
  const told = deps.inbox.deliver(silenceTold(decided, await deps.colleagues(decided.pulse)), domain, now);
  const { writes, entries } = fallenSilent(decided);
  return written(deps, { writes: [...writes, ...told.writes], entries: [...entries, ...told.entries] }, now);
}

async function stopped(directory: Deps['directory'], agent: string): Promise<'stopped' | 'gone'> {
  const principal = await directory.principal(agent);
  return principal === undefined || principal.status === 'retired' ? 'gone' : 'stopped';
}

/** Who is told of an agent: some of its team, and the orchestrator of its domain. Asked once per team and sweep. */
function colleaguesFrom(directory: Deps['directory']) {
  const known = new Map<string, Promise<string[]>>();
  const ask = async (team: string, domain: string): Promise<string[]> => {
    const [{ items }, home] = await Promise.all([
      directory.agents({ team, status: 'active' }, undefined, mostTold + 1),
      directory.domain(domain),
    ]);
    return [...(home?.orchestrator === undefined ? [] : [home.orchestrator]), ...items.map(({ id }) => id)];
  };
  return async ({ agent, team, domain }: { agent: string; team: string; domain: string }): Promise<string[]> => {
    const all = known.get(team) ?? ask(team, domain);
    known.set(team, all);
    return (await all).filter((id) => id !== agent).slice(0, mostTold + 1);
  };
}

const elsewhere: ReadonlySet<ProblemCode> = new Set(['VersionConflict', 'RequestInFlight']);

/** Whether it was written: a heartbeat, or another sweep, may have come between the read and the write. */
async function written({ commit }: Deps, change: Change, now: Date): Promise<boolean> {
  try {
    await commit(change, { actor: 'orchestra_directory', now, trace: continueTrace(undefined) });
    return true;
  } catch (error) {
    if (error instanceof Problem && elsewhere.has(error.code)) return false;
    throw error;
  }
}
