import { randomUUID } from 'node:crypto';
import type { Agent } from '../../functions/directory/contract.ts';
import { newAgent, newTeam } from '../../functions/directory/births.ts';
import { writesOf } from '../../functions/directory/store.ts';
import type { Item, Write } from '../../functions/shared/dynamo.ts';
import { newId } from '../../functions/shared/ids.ts';
import { entryItem, type EntryItem, ledgerKeys } from '../../functions/shared/ledger.ts';

/** The organization that every figure is measured with: three domains of two teams each, and as many agents as asked. */
export const domains = ['product', 'platform', 'operations'] as const;
export const clientId = 'bench-runtime';
const teamsPerDomain = 2;

export type Home = { id: string; domain: string; team: string };

const turn = <T>(values: readonly T[], n: number): T => values[n % values.length] as T;
const teamOf = (domain: string, n: number): string => `${domain}_team_${n % teamsPerDomain}`;

/** Who the nth agent is, and where. */
export const agentAt = (n: number): Home => {
  const domain = turn(domains, n);
  return { id: `agt_${String(n).padStart(6, '0')}`, domain, team: teamOf(domain, Math.floor(n / domains.length)) };
};

export const itemsOf = (writes: readonly Write[]): Item[] =>
  writes.flatMap((write) => ('item' in write ? [{ ...write.item, ...write.key }] : []));

export const teamItems = (id: string, domain: string): Item[] =>
  itemsOf(writesOf({ of: 'team', after: newTeam({ id, name: id, domain, client_id: clientId }) }));

/** Records of domains and teams; the enterprise comes with the deployment's own seed. */
export const unitItems = (): Item[] =>
  domains.flatMap((id) => [
    ...itemsOf(writesOf({ of: 'domain', after: { id, name: id, status: 'active', version: 1 } })),
    ...Array.from({ length: teamsPerDomain }, (_, n) => teamOf(id, n)).flatMap((team) => teamItems(team, id)),
  ]);

/** What the nth agent can do. */
const skillsAt = (n: number) => [{ name: 'typescript', proficiency: 1 + (n % 5) }];

/** An agent of the bench; the number says what it can do. */
export function agentOf({ id, domain, team }: Home, n: number, now: Date): Agent {
  const given = {
    id,
    name: `Agent ${n}`,
    team,
    skills: skillsAt(n),
    approved_tools: ['grep', 'test-runner'],
    roles: [],
  };
  const terms = { capacity: 3, cost_rate_micro_usd_per_hour: 2_500_000, owner: 'Platform team' };
  return newAgent({ ...given, ...terms }, domain, now);
}

export const agentItems = (agent: Agent): Item[] => itemsOf(writesOf({ of: 'principal', after: agent }));

/** Of 1,000 entries each agent, task and shared subject has 100 at least: enough for several pages. */
const actors = 10;
const sharedSubjects = 5;
const tasks = ['TASK-1', 'TASK-2'] as const;

/** Every second entry is about one of a few agents, the others about a decision of their own. */
const subjectAt = (n: number): string =>
  n % 2 === 0
    ? `agent/${agentAt((n / 2) % sharedSubjects).id}`
    : `decision/dec_${String(n).padStart(8, '0')}-0000-7000-8000-000000000000`;

const tasksAt = (n: number): string[] => (n % 5 === 0 ? [turn(tasks, n / 5)] : []);

/** One selector of each kind that audit pages can be asked by. */
export const selectors = {
  agent: agentAt(1).id,
  domain: domains[0],
  subject: subjectAt(0),
  task: tasks[0],
} as const;

export const summary = 'Roll back the checkout service';

/** What an agent says of an ordinary decision: an entry of it takes some 2 KB. */
export const reasoned = {
  context: 'The checkout service answers one request in fifty with an error since its last release. '.repeat(2),
  options_considered: ['Roll back to the release before', 'Fix forward behind a flag', 'Wait for more data'],
  decision: 'Roll back to the release before, then look for the cause.',
  reasoning: 'A rollback takes two minutes and is known to work; every other way leaves customers waiting. '.repeat(2),
};

/** Ten a second: what 100,000 entries hold is then less than three hours old, and on one day where `newest` is noon. */
const millisBetween = 100;

/** The nth newest entry of a ledger, as `commit` stores it: the same one in a short ledger and in a long one. */
export function entryAt(n: number, newest: Date, shards = 16): EntryItem {
  const at = new Date(newest.getTime() - n * millisBetween);
  const { id: agent_id, domain } = agentAt(n % actors);
  const details = { ...reasoned, outcome: 'allowed: `tactical_approach` is decided at agent level.' };
  const concerns = { decision_type: 'tactical_approach', proposed_by: agent_id, policy_version: 1, concerns: [domain] };
  const event = { type: 'orchestra.decision.allowed.v1', data: { decision_id: `dec_${n}`, ...concerns } };
  const entry = {
    id: newId(at),
    timestamp: at.toISOString(),
    agent_id,
    action_type: 'decision' as const,
    domain,
    summary,
    details,
    classification: 'internal' as const,
    related_tasks: tasksAt(n),
    sequence: 1,
    subject: subjectAt(n),
    policy_version: 1,
    trace_id: randomUUID().replaceAll('-', ''),
    retention: 'standard' as const,
  };
  return entryItem(entry, event, `00-${entry.trace_id}-00000000000000aa-01`, shards);
}

/** An entry with the pointer rows of its tasks. */
export const entryItems = (n: number, newest: Date, shards: number): Item[] => {
  const entry = entryAt(n, newest, shards);
  const pointers = entry.related_tasks.map((task) => ({ pk: ledgerKeys.task(task), sk: entry.sk, kind: 'pointer' }));
  return [entry, ...pointers.map((pointer) => ({ ...pointer, entry_pk: entry.pk, ttl: entry.ttl }))];
};
