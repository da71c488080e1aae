import { raced, onLoaded } from '../../shared/again.ts';
import { addSeconds } from '../../shared/clock.ts';
import { type Change, joined } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import type { Item, Key, Write } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import { homeOf } from '../../shared/principal.ts';
import type { Call, Caller } from '../../shared/serve.ts';
import { aboutTask, changeOf, pastClaimOf } from '../changes.ts';
import { type Claim, type Lease, type routes, type Task, taskClaimed } from '../contract.ts';
import { accepted, foundTask } from '../guards.ts';
import { type AgentLoad, idle, type Registered, withTopic } from '../load-model.ts';
import { decideClaim } from '../model.ts';
import type { Deps } from '../ports.ts';
import { keys, leaseFrom, loadFrom, writes } from '../store.ts';

type Asked = Call<(typeof routes)['claimTask']>;
type Loaded = readonly (Item | undefined)[];

/** What a claim is decided on: all of it in the batch of the request. */
export const claimKeys = (
  { directory, limits }: Pick<Deps, 'directory' | 'limits'>,
  id: string,
  caller: Caller,
): Key[] => [
  keys.task(id),
  keys.lease(id),
  keys.load(caller.id),
  directory.keyOf(caller.id),
  ...limits.keysFor(caller),
];

/** Takes a task, with what it is expected to consume. Of any number of claims at once, one gets it. */
export function claimTask(deps: Deps, call: Asked, loaded: Loaded): Promise<Claim> {
  const read = () => deps.read(claimKeys(deps, call.params.id, homeOf(call.actor)));
  return onLoaded(loaded, read, (items) => claimOnce(deps, call, items));
}

async function claimOnce(deps: Deps, call: Asked, [taskItem, leaseItem, loadItem, agentItem, ...limits]: Loaded) {
  const { actor, now, trace, params } = call;
  const before = foundTask(taskItem, params.id);
  const agent = deps.directory.agent(agentItem);
  if (!agent) throw new Problem('PrincipalUnknown', `${actor.id} is no agent.`);
  const old = leaseFrom(leaseItem);
  const load = loadFrom(loadItem);
  const claimant = { agent: agent.id, team: agent.team, skills: agent.skills, load };
  const { next } = accepted(decideClaim(before, old, claimant, now));
  const expiresAt = addSeconds(now, deps.leaseSeconds).toISOString();
  const asked = { holder: homeOf(actor), amounts: next.budget, expiresAt, now, trace };
  const found = await deps.limits.reserve(asked, limits);
  call.tell(found.told);
  if (found.kind === 'refused') throw new Problem('LimitReached', found.refusal.detail);
  const lease: Lease = {
    task_id: next.id,
    version: old ? old.version + 1 : 1,
    agent: agent.id,
    token: next.fence,
    domain: agent.domain,
    team: agent.team,
    claimed_at: now.toISOString(),
    expires_at: expiresAt,
    progress: null,
    reservation: found.reservation,
  };
  const change = joined(claimed({ before, after: next, lease, old, agent, load }, now), found.change);
  return raced(call.commit(change, { task: next, token: lease.token, expires_at: lease.expires_at }));
}

type Claiming = {
  before: Task;
  after: Task;
  lease: Lease;
  old: Lease | undefined;
  agent: Registered;
  load: AgentLoad | undefined;
};

function claimed({ before, after, lease, old, agent, load }: Claiming, now: Date): Change {
  const step = { before, after };
  const isMine = before.assignee === agent.id && before.state === 'queued';
  const recent = after.topic === null ? undefined : withTopic(load?.recent ?? [], after.topic);
  const first = load ? [] : [firstLoad(agent, recent ?? [])];
  const beside: Write[] = [
    writes.lease(lease, old),
    ...(old ? [writes.pastClaim(pastClaimOf(old, 'expired', now))] : []),
    ...first,
  ];
  return changeOf(step, {
    summary: old ? `Claimed by ${agent.id}, as the lease of ${old.agent} had run out` : `Claimed by ${agent.id}`,
    decision: 'claimed',
    event: fact(taskClaimed, { ...aboutTask(step), agent: agent.id, token: lease.token }),
    beside,
    // What was read may be over by now, so the store itself has the last word on what is free.
    notes: new Map([[agent.id, { guard: isMine ? ('slots' as const) : ('free' as const), recent }]]),
    without: new Set(load ? [] : [agent.id]),
  });
}

/** The load of an agent that has had no work before. */
function firstLoad(agent: Registered, recent: string[]): Write {
  const load = idle(agent);
  return writes.newLoad({ ...load, recent, working: 1, slots: load.slots - 1, free: load.free - 1 });
}
