/** What an attribute must be for an adjustment to be made; `undefined` means absent. Paths are dotted: `tokens_day.free`. */
export type Where = { path: string; is: string | number | undefined } | { path: string; atLeast: number };

/**
 * A change of single attributes in place. Amounts are added by the store itself, so that two adjustments of one item
 * need not know of each other: what they rely on is in `where`, and nothing else has to be as it was read.
 */
export type Adjustment = {
  set?: Readonly<Record<string, unknown>>;
  add?: Readonly<Record<string, number>>;
  where: readonly Where[];
};

/** Aliases for names and values of an expression, which DynamoDB wants of both. */
function aliasing() {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const aliases = new Map<string, string>();
  const aliasOf = (part: string): string => {
    const alias = aliases.get(part) ?? `#n${aliases.size}`;
    aliases.set(part, alias);
    names[alias] = part;
    return alias;
  };
  const named = (path: string): string => path.split('.').map(aliasOf).join('.');
  const valued = (value: unknown): string => {
    const alias = `:v${Object.keys(values).length}`;
    values[alias] = value;
    return alias;
  };
  const one = (where: Where): string => {
    if ('atLeast' in where) return `${named(where.path)} >= ${valued(where.atLeast)}`;
    if (where.is === undefined) return `attribute_not_exists(${named(where.path)})`;
    return `${named(where.path)} = ${valued(where.is)}`;
  };
  return { names, values, named, valued, condition: (where: readonly Where[]) => where.map(one).join(' AND ') };
}

/** The expression of DynamoDB that requires something; `values` are still plain. */
export function requirementOf(where: readonly Where[]) {
  const { names, values, condition } = aliasing();
  return { condition: condition(where), names, values };
}

/** The expressions of DynamoDB that make an adjustment; `values` are still plain. */
export function expressionsOf({ set = {}, add = {}, where }: Adjustment) {
  const { names, values, named, valued, condition } = aliasing();
  const assignments = [
    ...Object.entries(set).map(([path, value]) => `${named(path)} = ${valued(value)}`),
    ...Object.entries(add).map(([path, amount]) => `${named(path)} = ${named(path)} + ${valued(amount)}`),
  ];
  return { update: `SET ${assignments.join(', ')}`, condition: condition(where), names, values };
}
