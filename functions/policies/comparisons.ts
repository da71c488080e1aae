import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyRequest } from './contract.ts';

type Literal = string | number | boolean;

/** What policies say about fields of the context. */
export interface Comparisons {
  /** By path, `evidence.reviewers`: what the field is compared with. A field that is only tested has no values. */
  values: ReadonlyMap<string, ReadonlySet<Literal>>;
  /** Whether those values tell apart everything: not where two fields are compared, or calculated with, or matched. */
  exact: boolean;
}

type Node = Record<string, unknown>;
type Found = { values: Map<string, Set<Literal>>; exact: boolean };

const comparing = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'contains', 'containsAll', 'containsAny', 'like']);
const calculating = /"(\+|-|\*|neg|decimal|datetime|duration|ip|lessThan|greaterThan|offset|toDate|toTime)"/;

/** What the policies compare the context with; `principal.approved_tools` and the like are read off the request. */
export function comparisonsOf(policies: readonly PolicyJson[], request: PolicyRequest): Comparisons {
  const found: Found = { values: new Map(), exact: true };
  for (const { conditions } of policies) for (const { body } of conditions) visit(body, request, found);
  return { values: found.values, exact: found.exact && !found.values.has('now') };
}

function visit(value: unknown, request: PolicyRequest, found: Found): void {
  if (Array.isArray(value)) for (const one of value) visit(one, request, found);
  if (!isNode(value)) return;
  for (const [operator, operands] of Object.entries(value)) {
    if (comparing.has(operator)) compare(operator, operands, request, found);
    for (const path of tested(operator, operands)) mention(found, path);
    visit(operands, request, found);
  }
}

function compare(operator: string, operands: unknown, request: PolicyRequest, found: Found): void {
  const paths = new Set(pathsIn(operands, 'context'));
  if (paths.size === 0) return;
  const literals = [...literalsIn(operands), ...attributesIn(operands, request)];
  const isPlain = operator !== 'like' && paths.size === 1 && !calculating.test(JSON.stringify(operands));
  if (!isPlain) found.exact = false;
  for (const path of paths) for (const literal of literals) mention(found, path, literal);
}

function mention({ values }: Found, path: string, literal?: Literal): void {
  const known = values.get(path) ?? new Set();
  values.set(path, literal === undefined ? known : known.add(literal));
}

/** Paths of the context that a node reads or asks for, with every record on the way. */
function tested(operator: string, operands: unknown): string[] {
  if (operator === '.') return prefixes(pathOf({ '.': operands }, 'context'));
  if (operator !== 'has' || !isNode(operands)) return [];
  const before = pathOf(operands.left, 'context');
  return prefixes(before && [...before, ...[operands.attr].flat().map(String)]);
}

const prefixes = (path: readonly string[] | undefined): string[] =>
  (path ?? []).map((_, at) => (path ?? []).slice(0, at + 1).join('.'));

/** `['evidence', 'reviewers']` of `context.evidence.reviewers`; empty for the variable itself. */
function pathOf(value: unknown, variable: string): string[] | undefined {
  if (!isNode(value)) return undefined;
  if (value.Var === variable) return [];
  const inner = value['.'];
  if (!isNode(inner)) return undefined;
  const before = pathOf(inner.left, variable);
  return before && [...before, String(inner.attr)];
}

/** The longest paths of a variable within a value. */
function pathsIn(value: unknown, variable: string): string[] {
  const path = pathOf(value, variable);
  if (path && path.length > 0) return [path.join('.')];
  return childrenOf(value).flatMap((one) => pathsIn(one, variable));
}

function literalsIn(value: unknown): Literal[] {
  if (isNode(value) && ['string', 'number', 'boolean'].includes(typeof value.Value)) return [value.Value as Literal];
  return childrenOf(value).flatMap(literalsIn);
}

function attributesIn(value: unknown, { principal, target }: PolicyRequest): Literal[] {
  const known: Record<string, Literal | readonly Literal[] | undefined> = {
    'principal.level': principal.level,
    'principal.roles': principal.roles,
    'principal.approved_tools': principal.approved_tools,
    'resource.kind': target.type,
    'resource.classification': target.classification,
  };
  const named = ['principal', 'resource'].flatMap((variable) =>
    pathsIn(value, variable).map((path) => `${variable}.${path}`),
  );
  return named.flatMap((path) => known[path] ?? []);
}

const childrenOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isNode(value) ? Object.values(value) : [];

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
