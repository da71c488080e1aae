import { delivery } from '../../../functions/approvals/messages.ts';
import { NewHandoff, type Handoff } from '../../../functions/handoffs/contract.ts';
import { type ClockDeps } from '../../../functions/handoffs/operations/keep-clock.ts';
import type { Unknown } from '../../../functions/handoffs/operations/offer-handoff.ts';
import { handoffsStore, keys } from '../../../functions/handoffs/store.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import type { Change } from '../../../functions/shared/commit.ts';
import type { PrincipalKind } from '../../../functions/shared/contract.ts';
import type { Actor } from '../../../functions/shared/principal.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';
import type { Lease, Task } from '../../../functions/workload/contract.ts';
import { NewTask } from '../../../functions/workload/contract.ts';
import { idle } from '../../../functions/workload/load-model.ts';
import { decideClaim, newTask } from '../../../functions/workload/model.ts';
import { workloadPort } from '../../../functions/workload/port.ts';
import { keys as taskKeys, taskItem, writes as taskWrites } from '../../../functions/workload/store.ts';
import { memoryState } from '../../support/memory-state.ts';

export const start = new Date('2026-11-01T09:00:00.000Z');

export const actor = (id: string, kind: PrincipalKind, domain: string, team?: string): Actor => ({
  id,
  name: id,
  kind,
  level: (
    { agent: 'agent', domain_orchestrator: 'domain', enterprise_orchestrator: 'enterprise', human: 'board' } as const
  )[kind],
  domain,
  ...(team ? { team } : {}),
  credential: `client#${id}`,
  roles: kind === 'human' ? ['operator'] : [],
  approved_tools: [],
});

/** Two teams of two domains, one of a third, and everybody above them. */
export const people = [
  actor('agt_giver', 'agent', 'product', 'alpha'),
  actor('agt_second', 'agent', 'product', 'alpha'),
  actor('agt_taker', 'agent', 'platform', 'beta'),
  actor('agt_helper', 'agent', 'platform', 'beta'),
  actor('agt_stranger', 'agent', 'operations', 'gamma'),
  actor('orc_product', 'domain_orchestrator', 'product'),
  actor('orc_platform', 'domain_orchestrator', 'platform'),
  actor('orc_enterprise', 'enterprise_orchestrator', 'enterprise'),
  actor('hum_operator', 'human', 'enterprise'),
] as const;
const byId: ReadonlyMap<string, Actor> = new Map(people.map((one) => [one.id, one]));
export const who = (id: string): Actor => {
  const found = byId.get(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};

const teams = new Map([
  ['alpha', 'product'],
  ['beta', 'platform'],
  ['gamma', 'operations'],
]);

const registered = ({ id, domain, team = '' }: Actor) =>
  ({ id, domain, team, skills: [], capacity: 20, status: 'active' }) as const;

/** The handoffs slice on state in memory, with a clock that is set by hand. */
export function aWorld() {
  const state = memoryState();
  let now = start;
  const tasks = workloadPort({ state: state.table });
  const deps: ClockDeps & { unknown: Unknown } = {
    store: handoffsStore(state.table),
    tasks,
    directory: {
      team: async (id) => {
        const domain = teams.get(id);
        return domain === undefined ? undefined : { id, domain, status: 'active' };
      },
      agent: async (id) => (byId.get(id)?.kind === 'agent' ? { ...registered(who(id)), skills: [] } : undefined),
      orchestratorOf: async (domain) => `orc_${domain}`,
      enterpriseOrchestrators: async () => ['orc_enterprise'],
      standing: async (ids) => new Map(ids.flatMap((id) => (byId.has(id) ? [[id, who(id)] as const] : []))),
      active: (id) => ({
        kind: 'require',
        key: { pk: id, sk: 'principal' },
        where: [{ path: 'status', is: undefined }],
      }),
    },
    inbox: { deliver: delivery },
    unknown: async () => new Set(),
    workflow: { answer: async () => undefined },
    commit: state.commit,
    now: () => now,
  };
  const put = async (...writes: Change['writes']): Promise<void> => void (await commit({ writes, entries: [] }));
  const commit = (change: Change) => state.commit(change, { actor: 'test', now, trace: continueTrace(undefined) });
  return {
    state,
    deps,
    tasks,
    pass: (seconds: number) => {
      now = addSeconds(now, seconds);
    },
    now: () => now,
    task: async (id: string): Promise<Task> => {
      const task = await tasks.task(id);
      if (!task) throw new Error(`there is no task ${id}`);
      return task;
    },
    handoff: async (id: string): Promise<Handoff> => {
      const handoff = await deps.store.handoff(id);
      if (!handoff) throw new Error(`there is no handoff ${id}`);
      return handoff;
    },
    /** A task of team alpha that waits. */
    addTask: (id: string): Promise<void> => {
      const of = { id, domain: 'product', team: 'alpha', createdBy: 'agt_giver', now };
      const task = newTask(NewTask.parse({ title: id }), of);
      return put({ kind: 'create', key: taskKeys.task(id), item: taskItem(task) });
    },
    addLoad: (id: string): Promise<void> => put(taskWrites.newLoad(idle({ ...registered(who(id)), skills: [] }))),
    /** An agent, registered for this, that works on a task of alpha from now on. */
    claim: async (id: string, agent: string): Promise<void> => {
      const before = await tasks.task(id);
      if (!before) throw new Error(`there is no task ${id}`);
      const decision = decideClaim(before, undefined, { agent, team: 'alpha', skills: [], load: undefined }, now);
      if (decision.kind === 'refuse') throw new Error(decision.detail);
      await put(taskWrites.replace(decision.next), taskWrites.lease(aLease(decision.next, agent, now)));
    },
    /** Takes a step as the API would; its answer. */
    step: (
      run: (given: typeof deps, call: never) => Promise<Handoff>,
      as: string,
      { id = '', body, more = {} }: { id?: string; body?: unknown; more?: Record<string, unknown> },
    ): Promise<Handoff> => {
      const call = {
        params: { id, ...more },
        body,
        actor: who(as),
        now,
        trace: continueTrace(undefined),
        version: Number(state.rows.get(`${keys.handoff(id).pk} handoff`)?.version ?? 0),
        commit: async (change: Change, answer: unknown) => {
          await commit(change);
          return answer;
        },
      };
      return run(deps, call as never);
    },
  };
}
export type TestWorld = ReturnType<typeof aWorld>;

const aLease = (task: Task, agent: string, now: Date): Lease => ({
  task_id: task.id,
  version: 1,
  agent,
  token: task.fence,
  domain: 'product',
  team: 'alpha',
  claimed_at: now.toISOString(),
  expires_at: addSeconds(now, 600).toISOString(),
  progress: null,
  reservation: { state: 'reserved', amounts: {}, charges: [], expires_at: now.toISOString() },
});

/** A new handoff of tasks from alpha to beta, complete. */
export const aNewHandoff = (tasks: readonly string[], more: Record<string, unknown> = {}): NewHandoff =>
  NewHandoff.parse({
    tasks,
    to: { team: 'beta', recipient: 'agt_taker' },
    package: {
      context: 'c',
      current_state: 's',
      outstanding_issues: [],
      key_decisions: [],
      contacts: [{ principal: 'agt_giver', about: 'all' }],
    },
    meeting: { at: addSeconds(start, 3_600).toISOString() },
    ...more,
  });
