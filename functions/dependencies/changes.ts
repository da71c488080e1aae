import { type Change, joined } from '../shared/commit.ts';
import { fact, type Fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import type { Dependency } from './contract.ts';
import * as events from './events.ts';
import { type Contacts, telling } from './messages.ts';
import type { Step, What } from './model.ts';
import { nextLook, type Sight } from './outlook-model.ts';
import { ownerOf } from './party-model.ts';
import { writes } from './store.ts';
import type { InboxPort } from '../approvals/contract.ts';

/** What a change of a dependency is told with. */
export type Telling = { sight: Sight; contacts: Contacts; inbox: InboxPort; now: Date };

/** Steps of one dependency in one transaction: its record as it is after the last, an entry and the messages for each. */
export function changeOf(before: Dependency | undefined, steps: readonly Step[], told: Telling): Change {
  const { sight, contacts, inbox, now } = told;
  const last = steps.at(-1)?.after;
  if (!last) return { writes: [], entries: [] };
  const record: Change = {
    writes: [
      before ? writes.replace(before, last) : writes.create(last),
      writes.watch(last, nextLook(last, sight, now)),
    ],
    entries: steps.map((step) => entryOf(step, sight)),
  };
  return joined(record, ...steps.flatMap((step) => telling(inbox, step, contacts, now)));
}

/** When a dependency must be looked at next, where nothing else of it changes. */
export const lookedAt = (dependency: Dependency, sight: Sight, now: Date): Change => ({
  writes: [writes.unchanged(dependency), writes.watch(dependency, nextLook(dependency, sight, now))],
  entries: [],
});

const decisions: Readonly<Record<What, string>> = {
  registered: 'registered',
  notified: 'told the providing side',
  tracked: 'acknowledged',
  eta_changed: 'said another ETA',
  at_risk: 'told both sides',
  recovered: 'told both sides',
  delayed: 'told both sides',
  resolved: 'handed over',
  confirmed: 'taken over',
  returned: 'sent back',
  withdrawn: 'withdrawn',
};

function entryOf(step: Step, sight: Sight): EntryDraft {
  const { what, after } = step;
  const { booking, on } = after;
  const thing = on ?? `${booking?.amount} of ${booking?.resource_id}`;
  return {
    action_type: 'execution',
    domain: after.dependent.domain,
    subject: `dependency/${after.id}`,
    sequence: after.version,
    summary: `${after.task_id} needs ${thing} (${after.type}): ${what.replace('_', ' ')}`,
    details: { decision: decisions[what], reasoning: reasoningOf(step), outcome: after.state },
    classification: after.classification,
    related_tasks: [...new Set([after.task_id, ...(on === null ? [] : [on])])],
    event: eventOf(step, sight),
  };
}

function reasoningOf({ what, after }: Step): string {
  if (what === 'registered') return after.interface ?? '';
  if (what === 'resolved') return after.delivered ?? '';
  if (what === 'at_risk' || what === 'delayed') return after.alert ? `${after.alert.cause}: ${after.alert.basis}` : '';
  return ['eta_changed', 'returned', 'withdrawn'].includes(what) ? (after.reason ?? '') : '';
}

function about(after: Dependency, { task, on }: Sight) {
  const { dependent, provider } = after;
  const [mine, theirs] = [ownerOf(task, dependent), ownerOf(on, provider)];
  return {
    dependency_id: after.id,
    type: after.type,
    state: after.state,
    task_id: after.task_id,
    on: after.on,
    resource_id: after.booking?.resource_id ?? null,
    dependent_domain: mine.domain,
    dependent_team: mine.team,
    provider_domain: theirs.domain,
    provider_team: theirs.team,
    needed_by: after.needed_by,
    eta: after.eta,
    concerns: [...new Set([dependent, provider, mine, theirs].map(({ domain }) => domain))],
  };
}

function eventOf({ what, after }: Step, sight: Sight): Fact {
  const data = about(after, sight);
  const late = { ...data, cause: after.alert?.cause ?? null, expected_at: after.alert?.expected_at ?? null };
  const reason = after.classification === 'sensitive' ? '(sensitive)' : (after.reason ?? '');
  switch (what) {
    case 'registered':
      return fact(events.dependencyRegistered, data);
    case 'notified':
      return fact(events.dependencyNotified, data);
    case 'tracked':
      return fact(events.dependencyTracked, data);
    case 'eta_changed':
      return fact(events.dependencyEtaChanged, { ...data, reason });
    case 'at_risk':
      return fact(events.dependencyAtRisk, late);
    case 'recovered':
      return fact(events.dependencyRecovered, data);
    case 'delayed':
      return fact(events.dependencyDelayed, late);
    case 'resolved':
      return fact(events.dependencyResolved, { ...data, resolved_by: after.resolved_by ?? '' });
    case 'confirmed':
      return fact(events.dependencyConfirmed, { ...data, confirmed_by: after.ended_by ?? '' });
    case 'returned':
      return fact(events.dependencyReturned, { ...data, reason });
    case 'withdrawn':
      return fact(events.dependencyWithdrawn, { ...data, reason });
  }
}
