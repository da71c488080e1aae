import { createHash } from 'node:crypto';
import type { Home } from '../shared/principal.ts';
import type { Limit, Quota, Scope, ScopeKind } from './contract.ts';

/** A principal, and where it stands. */
export type Holder = Home & { id: string };

/** `team/checkout`. */
export const nameOf = ({ kind, id }: Scope): string => `${kind}/${id}`;

export function scopeNamed(name: string): Scope {
  const [kind, id = ''] = name.split('/');
  return { kind: kind as ScopeKind, id };
}

/** Every limit that a principal's work counts against, narrowest first. Each principal has one of its own, whatever its kind. */
export const scopesOver = ({ id, team, domain }: Holder): Scope[] => [
  { kind: 'agent', id },
  ...(team === undefined ? [] : [{ kind: 'team' as const, id: team }]),
  ...(domain === undefined ? [] : [{ kind: 'domain' as const, id: domain }]),
  { kind: 'enterprise', id: 'enterprise' },
];

/**
 * Purses that a limit is spread over, so that no item takes the writes of a whole enterprise. Few enough that all of them
 * and the vault can be read, or changed, in one transaction.
 */
const purses = { enterprise: 64, domain: 32, team: 8, agent: 1, default: 0 } as const satisfies Record<
  ScopeKind,
  number
>;

export const pursesOf = ({ kind }: Scope): number => purses[kind];

/** The purse that a principal uses: always the same one, so that its requests do not spread what is left. */
export const purseOf = (scope: Scope, principal: string): number =>
  createHash('sha256').update(principal).digest().readUInt32BE(0) % pursesOf(scope);

/** The default that stands for scopes of a kind without quotas of their own; there is one enterprise, and so none for it. */
export const defaultOf = ({ kind }: Scope): Scope | undefined =>
  kind === 'enterprise' || kind === 'default' ? undefined : { kind: 'default', id: kind };

/** The quotas in force, whose they are, and which edition of them: it differs whenever they do. */
export type Definition = { from: string; revision: number; edition: string; quotas: readonly Quota[] };

/** The definition in force for a scope; undefined where none is set, which refuses. */
export function definitionOf(own: Limit | undefined, standing: Limit | undefined): Definition | undefined {
  const found = own?.quotas ? own : standing;
  if (!found?.quotas) return undefined;
  const from = nameOf(found);
  const { revision, quotas } = found;
  return { from, revision, edition: `${from}@${revision}`, quotas };
}

/** The default of a scope is followed by quotas of its own, and never the other way; each by its next revision. */
function orderOf(edition: string): readonly [isOwn: boolean, revision: number] {
  const [from = '', revision] = edition.split('@');
  return [!from.startsWith('default/'), Number(revision)];
}

/** Whether an edition of a scope's quotas came into force before another one of the same scope. */
export function isOlder(edition: string, other: string): boolean {
  const [[isOwn, revision], [isOthersOwn, than]] = [orderOf(edition), orderOf(other)];
  return isOwn === isOthersOwn ? revision < than : isOthersOwn;
}

/** Attribute that a quota is kept under. */
export const keyOf = ({ dimension, window }: Pick<Quota, 'dimension' | 'window'>): string => `${dimension}_${window}`;
