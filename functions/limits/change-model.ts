import type { Level } from '../shared/contract.ts';
import { levels } from '../shared/contract.ts';
import { digestOf } from '../shared/digest.ts';
import type { ProblemCode } from '../shared/errors.ts';
import { type Actor, governs } from '../shared/principal.ts';
import type { Quota, Scope } from './contract.ts';
import { keyOf, nameOf } from './scopes-model.ts';

const rank = (level: Level): number => levels.indexOf(level);

/** Where the scope of a limit stands: `level` is that of the principal, where it is one; `domain` is `enterprise` above domains. */
export type Standing = { scope: Scope; level: Level; domain: string };

const next: Readonly<Record<Level, Level>> = {
  agent: 'domain',
  domain: 'enterprise',
  enterprise: 'board',
  board: 'board',
};

/** Lowest level that stands above a scope. */
function levelAbove({ scope, level }: Standing): Level {
  if (scope.kind === 'agent') return next[level];
  if (scope.kind === 'team') return 'domain';
  return scope.kind === 'enterprise' ? 'board' : 'enterprise';
}

/** Lowest level whose decision raises the limit of a scope. */
export const raisingLevel = (standing: Standing): Level =>
  standing.scope.kind === 'team' ? 'enterprise' : levelAbove(standing);

/** Whether somebody may set a limit: those who stand above its scope may, a domain orchestrator in its own domain only. */
export function mayChange(actor: Actor, standing: Standing): 'granted' | ProblemCode {
  if (actor.kind === 'human') return governs(actor) ? 'granted' : 'RoleMissing';
  if (rank(actor.level) < rank(levelAbove(standing))) return 'PrincipalKindRefused';
  return actor.level === 'domain' && actor.domain !== standing.domain ? 'OutsideOwnDomain' : 'granted';
}

/**
 * Whether other quotas allow more of anything: a higher amount, a dimension where none was set, or one that has fewer
 * windows to fit into and is still set. A dimension without any quota is refused altogether, so to drop it is to lower it.
 */
export function raises(before: readonly Quota[], after: readonly Quota[]): boolean {
  const was = new Map(before.map((quota) => [keyOf(quota), quota.amount]));
  const is = new Set(after.map(keyOf));
  const had = new Set(before.map(({ dimension }) => dimension));
  const has = new Set(after.map(({ dimension }) => dimension));
  const isHigher = after.some((quota) => quota.amount > (was.get(keyOf(quota)) ?? Number.POSITIVE_INFINITY));
  const isNew = after.some(({ dimension }) => !had.has(dimension));
  const isLoosened = before.some((quota) => has.has(quota.dimension) && !is.has(keyOf(quota)));
  return isHigher || isNew || isLoosened;
}

/** The same quotas, in whatever order. */
export function sameQuotas(before: readonly Quota[], after: readonly Quota[]): boolean {
  const amounts = new Map(before.map((quota) => [keyOf(quota), quota.amount]));
  return before.length === after.length && after.every((quota) => amounts.get(keyOf(quota)) === quota.amount);
}

/**
 * Id of the resource that a decision to raise is about: the scope, and a digest of the very quotas, so that whoever decides
 * decides about the amounts. The order of the quotas does not matter.
 */
export function raiseOf(scope: Scope, quotas: readonly Quota[]): string {
  const sorted = quotas.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return `${nameOf(scope)}@${digestOf(sorted)}`;
}

/** The part of a mandate that says at which level, and for which domain, it was decided. */
export type Decided = {
  domain: string;
  deciding_level: Level | null;
  principal?: { level: Level } | undefined;
};

/** Why the decision is of too low a level to raise a limit, or of another domain; undefined when it is neither. */
export function levelFault(decided: Decided, standing: Standing): string | undefined {
  const wanted = raisingLevel(standing);
  // A level decides what lies below it: who proposed may stand higher than the type asks for.
  const level = Math.max(rank(decided.principal?.level ?? 'agent'), rank(decided.deciding_level ?? 'agent'));
  if (level < rank(wanted)) return `It takes a decision of the ${wanted} level.`;
  if (level === rank('domain') && decided.domain !== standing.domain) return 'It is a decision of another domain.';
  return undefined;
}
