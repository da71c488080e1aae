import { isDeepStrictEqual } from 'node:util';
import type { PrincipalKind } from '../shared/contract.ts';
import type { ProblemCode } from '../shared/errors.ts';
import { type Actor, type Status, governs } from '../shared/principal.ts';
import type { Agent, Domain, Enterprise, Principal, Team } from './records.ts';

/** A record as it was (absent when it is new) and as it shall be, one version later. */
type Step<T> = { before?: T | undefined; after: T };
export type Transition =
  | ({ of: 'enterprise' } & Step<Enterprise>)
  | ({ of: 'domain' } & Step<Domain>)
  | ({ of: 'team' } & Step<Team>)
  | ({ of: 'principal' } & Step<Principal>);
export type DirectoryRecord = Transition['after'];

/** The records of a directory that an import compares with. */
export type Snapshot = {
  enterprise: Enterprise | undefined;
  domains: Domain[];
  teams: Team[];
  principals: Principal[];
};

/** What a write is aimed at. */
export type Target = { kind: 'team' | 'domain' | PrincipalKind; id: string; domain?: string | undefined };

export const targetOf = (principal: Principal): Target => ({
  kind: principal.kind,
  id: principal.id,
  domain: 'domain' in principal ? principal.domain : undefined,
});

/**
 * Whether the actor may write the target. Nobody writes what stands at its own level or above it, humans apart: else an
 * orchestrator could register a human who is itself.
 * @returns the code of the refusal, or `granted`
 */
export function authorityOver(actor: Actor, target: Target): 'granted' | ProblemCode {
  switch (actor.kind) {
    case 'agent':
      return 'PrincipalKindRefused';
    case 'domain_orchestrator':
      if (target.kind !== 'agent' && target.kind !== 'team' && target.kind !== 'domain') return 'PrincipalKindRefused';
      return target.domain === actor.domain ? 'granted' : 'OutsideOwnDomain';
    case 'enterprise_orchestrator':
      return target.kind === 'human' || target.kind === 'enterprise_orchestrator' ? 'PrincipalKindRefused' : 'granted';
    case 'human':
      return governs(actor) ? 'granted' : 'RoleMissing';
  }
}

type StatusDecision = { kind: 'accept' } | { kind: 'refuse'; why: string };
const refuse = (why: string): StatusDecision => ({ kind: 'refuse', why });

/** Whether the actor, who may write the target, may change it while its status moves so; it may also stay. */
export function decideStatus(
  actor: Pick<Actor, 'id' | 'kind'>,
  target: Pick<Target, 'kind' | 'id'>,
  from: Status,
  to: Status,
): StatusDecision {
  if (from === 'retired') return refuse('Retired is final; register anew under another id.');
  if (from === to) return { kind: 'accept' };
  // Else the last one who could lift it may stop itself, or one who was stopped may set itself free.
  if (actor.id === target.id) return refuse('Nobody changes its own status.');
  const isAbove = actor.kind === 'enterprise_orchestrator' || actor.kind === 'human';
  if (from === 'contained' && !isAbove) return refuse('Only the enterprise level or a human lifts a containment.');
  if (target.kind === 'domain' && !isAbove)
    return refuse('Only the enterprise level or a human stops or starts a domain.');
  return { kind: 'accept' };
}

const bookkeeping = new Set(['version', 'updated_at']);

/** Fields in which two states of a record differ, apart from its version and the time of its change. */
export function changedFields(before: DirectoryRecord, after: DirectoryRecord): string[] {
  const fields = (record: DirectoryRecord): Map<string, unknown> => new Map(Object.entries(record));
  const [was, is] = [fields(before), fields(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((name) => !bookkeeping.has(name) && !isDeepStrictEqual(was.get(name), is.get(name)))
    .toSorted();
}

type Patch<T> = { [K in keyof T]?: T[K] | null | undefined };

/** JSON merge patch (RFC 7396) of the top level: null takes an optional field away, absence leaves it. */
export function merged<T extends DirectoryRecord>(record: T, patch: Patch<T>): T {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  const cleared = new Set(given.filter(([, value]) => value === null).map(([name]) => name));
  return Object.fromEntries(
    Object.entries({ ...record, ...Object.fromEntries(given) }).filter(([k]) => !cleared.has(k)),
  ) as T;
}

/** The next version of a record; undefined when nothing differs. */
export function revised<T extends DirectoryRecord>(before: T, wanted: T, now: Date): T | undefined {
  if (changedFields(before, wanted).length === 0) return undefined;
  const version = before.version + 1;
  return 'updated_at' in wanted ? { ...wanted, version, updated_at: now.toISOString() } : { ...wanted, version };
}

export type AgentFilter = {
  domain?: string | undefined;
  team?: string | undefined;
  skill?: string | undefined;
  status?: Status | undefined;
};

/** Whether an agent is one that was asked for; what is not asked about does not matter. */
export const matches = (agent: Agent, { domain, team, skill, status }: AgentFilter): boolean =>
  (domain === undefined || agent.domain === domain) &&
  (team === undefined || agent.team === team) &&
  (status === undefined || agent.status === status) &&
  (skill === undefined || agent.skills.some(({ name }) => name === skill));
