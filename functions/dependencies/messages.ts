import type { MessageDraft, MessageKind, InboxPort } from '../approvals/contract.ts';
import type { Change } from '../shared/commit.ts';
import type { Task } from '../workload/contract.ts';
import type { Dependency, Side } from './contract.ts';
import type { Step, What } from './model.ts';
import type { Sight } from './outlook-model.ts';
import { ownerOf, workerOf } from './party-model.ts';
import type { Directory } from './ports.ts';

/** Who is told on a side, and in which domain that is. */
type Contact = { domain: string; to: string | undefined };
export type Contacts = { dependent: Contact; provider: Contact };

/** Who works on a task hears of it; where nobody does, the orchestrator of its domain, or who registered the dependency. */
export async function contactsOf(directory: Directory, dependency: Dependency, sight: Sight): Promise<Contacts> {
  const { dependent, provider, registered_by: registrar } = dependency;
  const [mine, theirs] = [ownerOf(sight.task, dependent), ownerOf(sight.on, provider)];
  const isStillTheirs = mine.team === dependent.team;
  const orchestratorOf = async ({ domain }: Side) => (await directory.domain(domain))?.orchestrator;
  return {
    dependent: {
      domain: mine.domain,
      to: workerOf(sight.task) ?? (isStillTheirs ? registrar : await orchestratorOf(mine)),
    },
    provider: {
      domain: theirs.domain,
      to: workerOf(sight.on) ?? sight.on?.worked_by ?? (await orchestratorOf(theirs)),
    },
  };
}

type Telling = { kind: MessageKind; sides: readonly (keyof Contacts)[]; says: string };

const both = ['dependent', 'provider'] as const;

const tellings: Readonly<Record<Exclude<What, 'registered'>, Telling>> = {
  notified: { kind: 'dependency_registered', sides: ['provider'], says: 'needs' },
  tracked: { kind: 'dependency_tracked', sides: ['dependent'], says: 'will get' },
  eta_changed: { kind: 'dependency_tracked', sides: ['dependent'], says: 'will get at another time' },
  at_risk: { kind: 'dependency_at_risk', sides: both, says: 'may be late to get' },
  recovered: { kind: 'dependency_tracked', sides: both, says: 'will be in time to get' },
  delayed: { kind: 'dependency_delayed', sides: both, says: 'has not got in time' },
  resolved: { kind: 'dependency_resolved', sides: ['dependent'], says: 'can take over' },
  confirmed: { kind: 'dependency_confirmed', sides: ['provider'], says: 'took over' },
  returned: { kind: 'dependency_returned', sides: ['provider'], says: 'could not use' },
  withdrawn: { kind: 'dependency_withdrawn', sides: both, says: 'does not need any more' },
};

function summaryOf(
  says: string,
  { task_id, on, booking, needed_by, eta, reason, alert }: Dependency,
  what: What,
): string {
  const thing = on ?? `${booking?.amount} of ${booking?.resource_id}`;
  const times = `needed by ${needed_by}${eta === null ? '' : `, ETA ${eta}`}`;
  const why = what === 'at_risk' ? ` (${alert?.cause})` : '';
  const said = reason !== null && ['eta_changed', 'returned', 'withdrawn'].includes(what) ? `: ${reason}` : '';
  return `${task_id} ${says} ${thing}, ${times}${why}${said}`.slice(0, 1_000);
}

/** Tells of a step those whom it concerns, each once: the id of a message is that of the version that it tells of. */
export function telling(inbox: InboxPort, { what, after }: Step, contacts: Contacts, now: Date): Change[] {
  if (what === 'registered') return [];
  const { kind, sides, says } = tellings[what];
  // That something late is later still, both have to know.
  const isLate = what === 'eta_changed' && after.delayed_at !== null;
  const told = new Set<string>();
  return (isLate ? both : sides).flatMap((side) => {
    const { to, domain } = contacts[side];
    // Who withdraws knows it; of what is late everybody hears, whoever said so.
    const knows = what === 'withdrawn' && to === after.ended_by;
    if (to === undefined || knows || told.has(to)) return [];
    told.add(to);
    const draft: MessageDraft = {
      id: `msg_${after.id.slice('dep_'.length)}-${after.version}`,
      to,
      kind: isLate ? 'dependency_delayed' : kind,
      about: `dependency/${after.id}`,
      summary: summaryOf(says, after, what),
      approval: null,
      due_at: after.needed_by,
      classification: after.classification,
    };
    return [inbox.deliver([draft], domain, now)];
  });
}

/** Tells whom a task is for that nothing is in its way any more. */
export function tellUnblocked(inbox: InboxPort, task: Task, dependency: Dependency, now: Date): Change[] {
  const isFree = task.blocked_by.every(({ dependency_id: id }) => id === dependency.id);
  if (!isFree || task.assignee === null || task.state !== 'blocked') return [];
  const draft: MessageDraft = {
    id: `msg_${dependency.id.slice('dep_'.length)}-unblocked`,
    to: task.assignee,
    kind: 'task_unblocked',
    about: `task/${task.id}`,
    summary: `Can be claimed: ${task.title}`,
    approval: null,
    due_at: task.due_at,
    classification: task.classification,
  };
  return [inbox.deliver([draft], task.domain, now)];
}
