import type { Classification } from '../shared/contract.ts';
import type { ProblemCode } from '../shared/errors.ts';
import type { Entry } from '../shared/ledger.ts';
import type { Actor } from '../shared/principal.ts';
import type { Selector } from './contract.ts';

/** Which entries a query is about: as holds select them, or those that name a data subject, by its pseudonym. */
export type EntrySelector = Selector | { by: 'data_subject'; value: string };

type Reader = Pick<Actor, 'id' | 'kind' | 'domain' | 'roles'>;
type Readable = Pick<Entry, 'agent_id' | 'domain' | 'classification'>;

/** Roles of humans who answer for what is held about people. */
const accessRoles: ReadonlySet<string> = new Set(['auditor', 'board_member', 'operator', 'data_protection']);
const erasureRoles: ReadonlySet<string> = new Set(['board_member', 'operator', 'data_protection']);

type Officer = Pick<Actor, 'kind' | 'roles'>;

const hasOne = (roles: ReadonlySet<string>, { kind, roles: given }: Officer): boolean =>
  kind === 'human' && given.some((role) => roles.has(role));

/** Who may see all that is held about a data subject. */
export const mayAccess = (reader: Officer): boolean => hasOne(accessRoles, reader);

/** Who may destroy the key of a data subject. */
export const mayErase = (officer: Officer): boolean => hasOne(erasureRoles, officer);

/** Roles of humans who may read what is classified as sensitive. */
const trustedRoles: ReadonlySet<string> = new Set(['auditor', 'board_member']);

/**
 * Whether an entry is shown. Everybody sees what they did themselves. Agents see what is not sensitive in their own
 * domain, its orchestrator sees all of it, the enterprise orchestrator and trusted humans see everything; other humans,
 * who belong to no domain, see what is not sensitive.
 */
export function mayRead(entry: Readable, reader: Reader): boolean {
  if (entry.agent_id === reader.id) return true;
  const open = ({ public: true, internal: true, sensitive: false } satisfies Record<Classification, boolean>)[
    entry.classification
  ];
  switch (reader.kind) {
    case 'enterprise_orchestrator':
      return true;
    case 'human':
      return open || reader.roles.some((role) => trustedRoles.has(role));
    case 'domain_orchestrator':
      return entry.domain === reader.domain;
    case 'agent':
      return open && entry.domain === reader.domain;
  }
}

/** Whether no entry at all is kept from a reader. */
export const readsEveryEntry = ({ kind, roles }: Pick<Reader, 'kind' | 'roles'>): boolean =>
  kind === 'enterprise_orchestrator' || (kind === 'human' && roles.some((role) => trustedRoles.has(role)));

/** The parts of a query that select entries. */
export type Asked = {
  agent?: string | undefined;
  domain?: string | undefined;
  subject?: string | undefined;
  task?: string | undefined;
  /** Pseudonym. */
  data_subject?: string | undefined;
};

export type Selection =
  | { kind: 'selected'; selector: EntrySelector }
  | { kind: 'refuse'; why: Extract<ProblemCode, 'SelectorMissing' | 'OutsideOwnDomain' | 'RoleMissing'> };

/** The one selector of a query, if the reader may use it. A domain that is not one's own is refused outright. */
export function select({ agent, domain, subject, task, data_subject }: Asked, reader: Reader): Selection {
  const named: EntrySelector[] = [
    ...(agent === undefined ? [] : [{ by: 'agent' as const, value: agent }]),
    ...(domain === undefined ? [] : [{ by: 'domain' as const, value: domain }]),
    ...(subject === undefined ? [] : [{ by: 'subject' as const, value: subject }]),
    ...(task === undefined ? [] : [{ by: 'task' as const, value: task }]),
    ...(data_subject === undefined ? [] : [{ by: 'data_subject' as const, value: data_subject }]),
  ];
  const [selector] = named;
  if (!selector || named.length > 1) return { kind: 'refuse', why: 'SelectorMissing' };
  if (selector.by === 'data_subject' && !mayAccess(reader)) return { kind: 'refuse', why: 'RoleMissing' };
  const bound = reader.kind === 'agent' || reader.kind === 'domain_orchestrator';
  if (bound && selector.by === 'domain' && selector.value !== reader.domain) {
    return { kind: 'refuse', why: 'OutsideOwnDomain' };
  }
  return { kind: 'selected', selector };
}
