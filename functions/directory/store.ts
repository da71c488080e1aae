import { bare, type Item, type Key, type Write } from '../shared/dynamo.ts';
import { admissionKeys, type Status } from '../shared/principal.ts';
import type { Transition } from './model.ts';
import { type Agent, Domain, Enterprise, Principal, type Skill, Team } from './records.ts';

/** `<status>#<id>` sorts by status; `retired#` is past every one that is not retired. */
const byStatus = (status: Status, ...rest: string[]): string => [status, ...rest].join('#');
export const statusPrefix = (status: Status): string => `${status}#`;
export const pastUnretired = 'retired#';

export const partitions = {
  teamAgents: (team: string) => `directory#team#${team}#agents`,
  domainAgents: (domain: string) => `directory#domain#${domain}#agents`,
  skillAgents: (skill: string, domain: string) => `directory#skill#${skill}#${domain}`,
  domainTeams: (domain: string) => `directory#domain#${domain}#teams`,
  domains: () => 'directory#domains',
  officers: () => 'directory#officers',
} as const;

/** Of the directory; D1 to D4, single records, are those that admission reads. */
export const keys = {
  ...admissionKeys,
  /** D5 Agents of a team, by status. */
  teamAgents: (team: string, status: Status, id: string) => ({
    gsi1pk: partitions.teamAgents(team),
    gsi1sk: byStatus(status, id),
  }),
  /** D6 Agents of a domain, by status. */
  domainAgents: (domain: string, status: Status, id: string) => ({
    gsi2pk: partitions.domainAgents(domain),
    gsi2sk: byStatus(status, id),
  }),
  /** D7 Agents of a domain that have a skill, by status: pointer rows. */
  skillAgents: (skill: string, domain: string, status: Status, id: string): Key => ({
    pk: partitions.skillAgents(skill, domain),
    sk: byStatus(status, id),
  }),
  /** D8 Teams of a domain, by status. */
  domainTeams: (domain: string, status: Status, id: string) => ({
    gsi1pk: partitions.domainTeams(domain),
    gsi1sk: byStatus(status, id),
  }),
  /** D9 Domains, by id. */
  domains: (id: string) => ({ gsi1pk: partitions.domains(), gsi1sk: id }),
  /** D10 Orchestrators and humans, by status and kind. */
  officers: (status: Status, kind: string, id: string) => ({
    gsi1pk: partitions.officers(),
    gsi1sk: byStatus(status, kind, id),
  }),
} as const;

const keyOf = (one: Transition): Key => {
  switch (one.of) {
    case 'enterprise':
      return keys.enterprise();
    case 'domain':
      return keys.domain(one.after.id);
    case 'team':
      return keys.team(one.after.id);
    case 'principal':
      return keys.principal(one.after.id);
  }
};

const indexed = (principal: Principal): Item => {
  const { kind, status, id } = principal;
  if (kind !== 'agent') return keys.officers(status, kind, id);
  return { ...keys.teamAgents(principal.team, status, id), ...keys.domainAgents(principal.domain, status, id) };
};

const itemOf = (one: Transition): Item => {
  switch (one.of) {
    case 'enterprise':
      return one.after;
    case 'domain':
      return { ...one.after, ...keys.domains(one.after.id) };
    case 'team':
      return { ...one.after, ...keys.domainTeams(one.after.domain, one.after.status, one.after.id) };
    case 'principal':
      return { ...one.after, ...indexed(one.after) };
  }
};

type Pointer = { key: Key; skill: Skill };

const pointersOf = (agent: Agent): Pointer[] =>
  agent.skills.map((skill) => ({ key: keys.skillAgents(skill.name, agent.domain, agent.status, agent.id), skill }));

/** Only pointers that come or go: one transaction may not name a row twice. */
function pointerWrites(before: Agent | undefined, after: Agent | undefined): Write[] {
  const [was, is] = [before ? pointersOf(before) : [], after ? pointersOf(after) : []];
  const same = (a: Pointer) => (b: Pointer) => a.key.pk === b.key.pk && a.key.sk === b.key.sk;
  const gone = was.filter((pointer) => !is.some(same(pointer)));
  const come = is.filter((pointer) => !was.some(same(pointer)));
  return [
    ...gone.map(({ key }): Write => ({ kind: 'remove', key })),
    ...come.map(({ key }): Write => ({ kind: 'put', key, item: { kind: 'pointer', agent_id: after?.id } })),
  ];
}

const agentIn = (principal: Principal | undefined): Agent | undefined =>
  principal?.kind === 'agent' ? principal : undefined;

/** Transaction members of a transition: the record, on condition of its version, and the index rows that follow it. */
export function writesOf(one: Transition): Write[] {
  const [key, item] = [keyOf(one), itemOf(one)];
  const record: Write = one.before
    ? { kind: 'replace', key, item, version: one.before.version }
    : { kind: 'create', key, item };
  return one.of === 'principal' ? [record, ...pointerWrites(agentIn(one.before), agentIn(one.after))] : [record];
}

/** A unit that a change relies on must still be as it was read. */
export const unchanged = (unit: { team: Team } | { domain: Domain }): Write =>
  'team' in unit
    ? { kind: 'check', key: keys.team(unit.team.id), version: unit.team.version }
    : { kind: 'check', key: keys.domain(unit.domain.id), version: unit.domain.version };

export const parsed = {
  enterprise: (item: Item): Enterprise => Enterprise.parse(bare(item)),
  domain: (item: Item): Domain => Domain.parse(bare(item)),
  team: (item: Item): Team => Team.parse(bare(item)),
  principal: (item: Item): Principal => Principal.parse(bare(item)),
} as const;
