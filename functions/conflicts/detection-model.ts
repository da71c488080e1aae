import type { Decision, Urgency } from '../authority/contract.ts';
import type { ReservationRefused as Refused } from '../dependencies/contract.ts';
import type { Classification } from '../shared/contract.ts';
import { digestOf } from '../shared/digest.ts';
import type { Task } from '../workload/contract.ts';
import type { Conflict } from './contract.ts';

/** A side of a matter, and who has to do with it. */
export type Involved = { domain: string; team: string | null; speakers: string[] };

/** What was found to collide. */
export type Finding = Pick<
  Conflict,
  'type' | 'subject' | 'summary' | 'context' | 'classification' | 'urgency' | 'related_tasks'
> & { parties: Involved[] };

const sideOf = ({ team, domain }: Pick<Involved, 'team' | 'domain'>): string => team ?? domain;

/** The sides of a matter, each once, with at most three who speak for it. */
function sides(involved: readonly Involved[]): Involved[] {
  const found = new Map<string, Involved>();
  for (const one of involved) {
    const before = found.get(sideOf(one)) ?? { ...one, speakers: [] };
    found.set(sideOf(one), { ...before, speakers: [...new Set([...before.speakers, ...one.speakers])].slice(0, 3) });
  }
  return [...found.values()].slice(0, 6);
}

const longest = 100;

/** Subject of a conflict, `<kind>/<id>`, of whatever names a thing has. */
export function subjectOf(kind: string, id: string): string {
  const slug = kind
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  const name = id.replaceAll(/\s+/g, '_').replace(/^\/+/, '');
  const short = name.length > longest ? `${name.slice(0, 80)}~${digestOf(name).slice(0, 16)}` : name;
  return `${slug.length > 1 ? slug : 'thing'}/${short === '' ? digestOf(id).slice(0, 16) : short}`;
}

const urgencies: readonly Urgency[] = ['low', 'normal', 'high', 'critical'];
const mostUrgent = (given: readonly Urgency[]): Urgency =>
  given.reduce((one, other) => (urgencies.indexOf(other) > urgencies.indexOf(one) ? other : one), 'normal');

const secrecy: readonly Classification[] = ['public', 'internal', 'sensitive'];
const mostSecret = (given: readonly Classification[]): Classification =>
  given.reduce((one, other) => (secrecy.indexOf(other) > secrecy.indexOf(one) ? other : one), 'internal');

const taskFacts = (tasks: readonly Task[]) => ({
  related_tasks: [...new Set(tasks.map(({ id }) => id))].slice(0, 10),
  urgency: mostUrgent(tasks.map(({ priority }) => priority)),
  classification: mostSecret(tasks.map(({ classification }) => classification)),
});

/** Two teams that want one resource at the same time; one that is in its own way has no conflict with others. */
export function collision(refused: Refused, tasks: readonly Task[]): Finding | undefined {
  const { domain, team, principal_id, resource_id, from, to } = refused;
  const asking = { domain, team, speakers: [principal_id] };
  const holding = refused.holders.map((one) => ({ domain: one.domain, team: one.team, speakers: [one.principal_id] }));
  const others = holding.filter((one) => sideOf(one) !== sideOf(asking));
  if (others.length === 0) return undefined;
  const held = refused.holders.map(({ reservation_id, team: by }) => `${reservation_id} of ${by ?? 'its domain'}`);
  return {
    type: 'priority',
    subject: subjectOf('resource', resource_id),
    summary: `${sideOf(asking)} needs ${resource_id}, which ${sides(others).map(sideOf).join(', ')} hold`.slice(0, 300),
    context: `${refused.amount} was asked for from ${from} to ${to}; in the way are ${held.join(', ')}.`.slice(
      0,
      2_000,
    ),
    parties: sides([asking, ...others]),
    ...taskFacts(tasks),
  };
}

/** A task as it counts for its topic: somebody works on it. */
export const isInWork = (task: Task | undefined, topic: string): task is Task =>
  task?.topic === topic && task.holding !== null;

/** Two teams that work on one topic at the same time. */
export function sharedScope(topic: string, inWork: readonly Task[]): Finding | undefined {
  const involved = inWork.map(({ domain, team, holding }) => ({
    domain,
    team,
    speakers: holding ? [holding.agent] : [],
  }));
  const parties = sides(involved);
  if (parties.length < 2) return undefined;
  const works = inWork.map(({ id, team, title }) => `${id} of ${team}: ${title}`);
  return {
    type: 'scope',
    subject: subjectOf('topic', topic),
    summary: `${parties.map(sideOf).join(' and ')} work on ${topic} at the same time`.slice(0, 300),
    context: works.join('\n').slice(0, 2_000),
    parties,
    ...taskFacts(inWork),
  };
}

/** Types of decision that change nothing for others, or have a procedure of their own. */
const harmless: ReadonlySet<string> = new Set([
  'tool_selection',
  'external_communication',
  'resource_request',
  'cross_domain_conflict',
  'priority_conflict',
  'matrix_change',
  'policy_change',
  'enforcement_change',
]);

/**
 * Whether a decision may contradict another one: it is in force, changes something, and was taken in a domain. What is about a
 * natural person is passed over: its texts are sealed.
 */
export const isBinding = (decision: Decision): boolean =>
  decision.verdict === 'allowed' &&
  decision.outcome?.result !== 'abandoned' &&
  decision.domain !== 'enterprise' &&
  decision.proposal.data_subject === undefined &&
  !harmless.has(decision.proposal.type);

const daySeconds = 86_400;

const takenBy = ({ domain, principal, proposed_by }: Decision): Involved => ({
  domain,
  team: principal?.team ?? null,
  speakers: [proposed_by],
});

const inForceSince = ({ redeemed_at, proposed_at }: Decision): number => Date.parse(redeemed_at ?? proposed_at);
const said = ({ proposal }: Decision): string => proposal.details.decision.trim().replaceAll(/\s+/g, ' ').toLowerCase();

/**
 * Whether two decisions of different teams or domains on one thing say different things within a day. An orchestrator that
 * decides otherwise than a team of its domain does not contradict it: it stands above.
 */
export function contradicts(one: Decision, other: Decision): boolean {
  if (!isBinding(one) || !isBinding(other)) return false;
  const [mine, theirs] = [takenBy(one), takenBy(other)];
  const areApart =
    mine.domain !== theirs.domain || (mine.team !== null && theirs.team !== null && mine.team !== theirs.team);
  const apart = Math.abs(inForceSince(one) - inForceSince(other));
  return areApart && apart <= daySeconds * 1000 && said(one) !== said(other);
}

/** Decisions that contradict a new one. */
export function contradiction(decision: Decision, others: readonly Decision[]): Finding | undefined {
  const against = others.filter((other) => other.id !== decision.id && contradicts(decision, other));
  if (against.length === 0) return undefined;
  const all = [decision, ...against];
  const parties = sides(all.map(takenBy));
  const { type, id } = decision.proposal.resource;
  return {
    type: 'technical',
    subject: subjectOf(type, id),
    summary: `${parties.map(sideOf).join(' and ')} decided differently on ${type} ${id}`.slice(0, 300),
    context: all
      .map((one) => `${one.id} of ${sideOf(takenBy(one))}: ${one.proposal.details.decision}`)
      .join('\n')
      .slice(0, 2_000),
    parties,
    related_tasks: [...new Set(all.flatMap(({ proposal }) => proposal.related_tasks))].slice(0, 10),
    urgency: mostUrgent(all.map(({ proposal }) => proposal.urgency)),
    classification: mostSecret(all.map(({ proposal }) => proposal.classification)),
  };
}
