import type { Change } from '../shared/commit.ts';
import { type Fact, fact } from '../shared/contract.ts';
import type { Write } from '../shared/dynamo.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import * as events from './events.ts';
import { changedFields, type Transition } from './model.ts';
import type { Agent, Domain, Enterprise, Principal, Team } from './records.ts';
import { writesOf } from './store.ts';

/** `reason` is what the actor gave; `relies` are records that the change holds good only with, as they were read. */
type Circumstances = { reason?: string | undefined; relies?: readonly Write[] };

/** The change that makes transitions: their state and one entry each. */
export const changeOf = (transitions: readonly Transition[], { reason, relies = [] }: Circumstances = {}): Change => ({
  writes: [...transitions.flatMap(writesOf), ...relies],
  entries: transitions.map((one) => entryOf(one, reason)),
});

/** What a transition says in the ledger: `subject` is the record, `sequence` its version. */
function entryOf(one: Transition, reason?: string): EntryDraft {
  const { kind, home } = nature(one);
  const did = deed(one);
  return {
    action_type: 'execution',
    domain: home,
    subject: subjectOf(one),
    sequence: one.after.version,
    summary: `${did} ${kind} ${one.after.id} (${one.after.name})`,
    details: { context: difference(one), decision: did.toLowerCase(), reasoning: reason ?? '' },
    retention: 'significant',
    event: eventOf(one, reason),
  };
}

const statusOf = (one: Transition): [from: string | undefined, to: string] => [one.before?.status, one.after.status];

function deed(one: Transition): string {
  const [from, to] = statusOf(one);
  if (from === undefined) return 'Registered';
  if (from === to) return 'Changed';
  return to === 'retired' ? 'Retired' : `Made ${to}`;
}

function nature(one: Transition): { kind: string; home: string } {
  switch (one.of) {
    case 'enterprise':
      return { kind: 'enterprise', home: 'enterprise' };
    case 'domain':
      return { kind: 'domain', home: one.after.id };
    case 'team':
      return { kind: 'team', home: one.after.domain };
    case 'principal':
      return { kind: one.after.kind, home: homeOf(one.after) };
  }
}

const homeOf = (principal: Principal): string => ('domain' in principal ? principal.domain : 'enterprise');

function subjectOf(one: Transition): string {
  if (one.of !== 'principal') return `${one.of}/${one.after.id}`;
  return one.after.kind === 'agent' ? `agent/${one.after.id}` : `principal/${one.after.id}`;
}

const mostContext = 4000;

/** The fields that differ, before and after, for who reads the trail and not the table. */
function difference(one: Transition): string {
  const { before, after } = one;
  if (!before) return '';
  const shown = (record: object, name: string): string =>
    JSON.stringify(new Map(Object.entries(record)).get(name)) ?? 'none';
  const lines = changedFields(before, after).map((name) => `${name}: ${shown(before, name)} -> ${shown(after, name)}`);
  const text = lines.join('\n');
  return text.length > mostContext ? `${text.slice(0, mostContext)}…` : text;
}

function eventOf(one: Transition, reason: string | undefined): Fact {
  switch (one.of) {
    case 'enterprise':
      return enterpriseFact(one.before, one.after);
    case 'domain':
      return domainFact(one.before, one.after);
    case 'team':
      return teamFact(one.before, one.after);
    case 'principal':
      return one.after.kind === 'agent'
        ? agentFact(one.before as Agent | undefined, one.after, reason)
        : officerFact(one.before, one.after);
  }
}

function enterpriseFact(before: Enterprise | undefined, after: Enterprise): Fact {
  const { name, version } = after;
  const data = { name, version, concerns: ['enterprise'] };
  if (!before) return fact(events.enterpriseAdded, data);
  return fact(events.enterpriseChanged, { ...data, changed: changedFields(before, after) });
}

function domainFact(before: Domain | undefined, after: Domain): Fact {
  const { id, ...rest } = after;
  const data = { ...rest, domain_id: id, concerns: [id, 'enterprise'] };
  if (!before) return fact(events.domainAdded, data);
  return fact(events.domainChanged, { ...data, changed: changedFields(before, after) });
}

function teamFact(before: Team | undefined, after: Team): Fact {
  const { id, name, domain, status, version } = after;
  const concerns = [...new Set([domain, before?.domain ?? domain])];
  const data = { team_id: id, name, domain, status, version, concerns };
  if (!before) return fact(events.teamAdded, data);
  return fact(events.teamChanged, { ...data, changed: changedFields(before, after) });
}

/** A move between domains concerns both. */
function agentFact(before: Agent | undefined, after: Agent, reason: string | undefined): Fact {
  const { id, name, domain, team, skills, capacity, version } = after;
  const concerns = [...new Set([domain, before?.domain ?? domain])];
  const data = { agent_id: id, domain, team, version, concerns };
  if (!before) return fact(events.agentRegistered, { ...data, name, skills, capacity });
  const changed = changedFields(before, after);
  if (before.status === after.status) return fact(events.agentChanged, { ...data, changed });
  const [from, to] = [before.status, after.status];
  const others = changed.filter((field) => field !== 'status');
  return fact(events.agentStatusChanged, { ...data, from, to, reason, changed: others });
}

function officerFact(before: Principal | undefined, after: Principal): Fact {
  const { id, kind, name, status, version } = after;
  const home = homeOf(after);
  const domain = home === 'enterprise' ? undefined : home;
  const data = { principal_id: id, kind, name, domain, status, version, concerns: [home] };
  if (!before) return fact(events.principalRegistered, data);
  return fact(events.principalChanged, { ...data, changed: changedFields(before, after) });
}
