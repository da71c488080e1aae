import type { Adjustment, Where } from '../shared/adjust.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import type { Account, Balance, Purse, Reserve, Vault } from './accounts-model.ts';
import { Limit, type Scope } from './contract.ts';
import type { Whole } from './gathering-model.ts';
import { defaultOf, definitionOf, type Holder, nameOf, purseOf, pursesOf, scopesOver } from './scopes-model.ts';

const partition = ({ kind, id }: Scope): string => `limits#${kind}#${id}`;

export const keys = {
  /** M1 One limit: its quotas, and what was told of it. */
  limit: (scope: Scope): Key => ({ pk: partition(scope), sk: 'limit' }),
  /** M2 The vault of a limit: what is not handed out yet, by quota. */
  vault: (scope: Scope): Key => ({ pk: `${partition(scope)}#vault`, sk: 'vault' }),
  /** M3 One of the purses of a limit. Each is a partition of its own, as all the enterprise's decisions write there. */
  purse: (scope: Scope, number: number): Key => ({ pk: `${partition(scope)}#purse#${number}`, sk: 'purse' }),
  /** M4 Limits, by kind and id. */
  listed: (scope: Scope) => ({ gsi1pk: 'limits#listed', gsi1sk: nameOf(scope) }),
  /** M5 Decisions that a limit was raised by: each serves once. */
  use: (decisionId: string): Key => ({ pk: `limits#use#${decisionId}`, sk: 'use' }),
} as const;

const limitFrom = (item: Item | undefined): Limit | undefined => (item ? Limit.parse(bare(item)) : undefined);

/** A limit that nothing was recorded of yet. */
export const unset = ({ kind, id }: Scope, now: Date): Limit => ({
  kind,
  id,
  version: 0,
  quotas: null,
  revision: 0,
  warned: {},
  reached: {},
  changed_at: now.toISOString(),
  changed_by: 'orchestra_limits',
});

const vaultFrom = (item: Item | undefined): Vault | undefined => {
  if (!item) return undefined;
  const { edition, bound, ...reserves } = bare(item);
  return {
    edition: String(edition),
    bound: typeof bound === 'string' ? bound : undefined,
    reserves: reserves as Record<string, Reserve>,
  };
};

const purseFrom = (item: Item | undefined): Purse | undefined => {
  if (!item) return undefined;
  const { turn, ...balances } = bare(item);
  return { turn: Number(turn), balances: balances as Record<string, Balance> };
};

/** Records of one scope as one purse meets it. */
const keysOf = (scope: Scope, number: number): Key[] => {
  const standing = defaultOf(scope);
  return [keys.limit(scope), keys.vault(scope), keys.purse(scope, number), ...(standing ? [keys.limit(standing)] : [])];
};

/** A limit, and the purse of it that is used. */
export type Share = { scope: Scope; number: number };

/** The shares that a principal's work is taken from. */
export const sharesOf = (holder: Holder): Share[] =>
  scopesOver(holder).map((scope) => ({ scope, number: purseOf(scope, holder.id) }));

/** What has to be read to plan with these shares. */
export const keysOfShares = (shares: readonly Share[]): Key[] =>
  shares.flatMap(({ scope, number }) => keysOf(scope, number));

/** The accounts of shares from the records that `keysOfShares` names, in their order. */
export function accountsFrom(shares: readonly Share[], items: readonly (Item | undefined)[]): Account[] {
  let at = 0;
  return shares.map(({ scope, number }) => {
    const [limit, vault, purse, standing] = items.slice(at, (at += keysOf(scope, number).length));
    const own = limitFrom(limit);
    const definition = definitionOf(own, limitFrom(standing));
    return { scope, number, own, definition, vault: vaultFrom(vault), purse: purseFrom(purse) };
  });
}

const numbers = (scope: Scope): number[] => Array.from({ length: pursesOf(scope) }, (_, number) => number);

const keysOfWhole = (scope: Scope): Key[] => [
  ...keysOf(scope, 0).filter(({ sk }) => sk !== 'purse'),
  ...numbers(scope).map((one) => keys.purse(scope, one)),
];

function wholeFrom({ scope, number }: Share, items: readonly (Item | undefined)[]) {
  const [limit, vault, ...others] = items;
  const standing = defaultOf(scope) ? limitFrom(others.shift()) : undefined;
  const purses = others.map(purseFrom);
  const own = limitFrom(limit);
  const definition = definitionOf(own, standing);
  return { scope, number, own, definition, vault: vaultFrom(vault), purses, purse: purses[number] };
}

/** Questions of the limits slice. */
export const limitsStore = (table: Table) => {
  return {
    accounts: async (shares: readonly Share[]): Promise<Account[]> =>
      accountsFrom(shares, await table.getMany(keysOfShares(shares))),
    /** The account with the quotas in force, its vault and all purses, as they were at one instant. */
    whole: async (share: Share): Promise<Account & Pick<Whole, 'purses'>> =>
      wholeFrom(share, await table.snapshot(keysOfWhole(share.scope))),
    /** The same, as each of them was at some time while it was read: for reports. */
    roughly: async (share: Share): Promise<Account & Pick<Whole, 'purses'>> =>
      wholeFrom(share, await table.getMany(keysOfWhole(share.scope))),
    /** Whether a decision has raised a limit already. */
    isUsed: async (decisionId: string): Promise<boolean> => {
      const [use] = await table.getMany([keys.use(decisionId)]);
      return use !== undefined;
    },
    /** Up to `limit` limits, by kind and id. */
    list: async (limit: number, after: Item | undefined) => {
      const partitionKey = ['gsi1pk', 'limits#listed'] as const;
      const { items, last } = await table.query({ index: 'gsi1', partition: partitionKey, limit, after });
      return { limits: items.map((item) => Limit.parse(bare(item))), last };
    },
  };
};

export type Limits = ReturnType<typeof limitsStore>;

const limitItem = (limit: Limit): Item => ({ ...limit, ...keys.listed(limit) });

/** Moves and notes in one transaction, which names no record twice: a record that gets notes is required by its version already. */
export function besideNotes(moves: readonly Write[], notes: readonly Write[]): Write[] {
  const noted = new Set(notes.map(({ key }) => key.pk));
  return [...moves.filter(({ kind, key }) => kind !== 'require' || !noted.has(key.pk)), ...notes];
}

type Entry = { label: string; free: number };

/** What of a quota changed: amounts are added where the window stays, else the whole is put in its place. */
function adjusted<E extends Entry>(key: string, before: E | undefined, after: E, isExact: boolean): Adjustment {
  const where: Where[] = [{ path: before ? `${key}.label` : key, is: before?.label }];
  if (before?.label !== after.label) return { set: { [key]: after }, where };
  if (isExact) return { set: { [key]: after }, where: [...where, { path: `${key}.free`, is: before.free }] };
  const fields = Object.keys(after).filter((field) => field !== 'label') as (keyof E & string)[];
  const changes = fields
    .map((field) => [`${key}.${field}`, Number(after[field]) - Number(before[field])] as const)
    .filter(([, by]) => by !== 0);
  const enough = changes.filter(([, by]) => by < 0).map(([path, by]) => ({ path, atLeast: -by }));
  return { add: Object.fromEntries(changes), where: [...where, ...enough] };
}

type Part = { attribute: string; before: string | number | undefined; after: string | number | undefined };

function adjustment<E extends Entry>(
  key: Key,
  attributes: readonly Part[],
  before: Readonly<Record<string, E>>,
  after: Readonly<Record<string, E>>,
  isExact: boolean,
): Write[] {
  const changed = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const others = attributes.filter((part) => part.before !== part.after);
  if (changed.length === 0 && others.length === 0) return [];
  const parts = changed.map((name) => adjusted(name, before[name], after[name] as E, isExact));
  const set = Object.fromEntries(others.map((part) => [part.attribute, part.after]));
  return [
    {
      kind: 'adjust',
      key,
      set: Object.assign(set, ...parts.map((one) => one.set)) as Record<string, unknown>,
      add: Object.assign({}, ...parts.map((one) => one.add)) as Record<string, number>,
      where: [
        ...attributes.map(({ attribute, before: is }) => ({ path: attribute, is })),
        ...parts.flatMap((one) => one.where),
      ],
    },
  ];
}

export const writes = {
  /** Under another definition the reserves must be exactly as they were read: what they gain or lose was computed from that. */
  vault: (scope: Scope, before: Vault | undefined, after: Vault): Write[] => {
    const attributes = [
      { attribute: 'edition', before: before?.edition, after: after.edition },
      { attribute: 'bound', before: before?.bound, after: after.bound },
    ];
    const isExact = before?.edition !== after.edition;
    return adjustment(keys.vault(scope), attributes, before?.reserves ?? {}, after.reserves, isExact);
  },
  purse: (scope: Scope, number: number, before: Purse | undefined, after: Purse): Write[] => {
    const part = { attribute: 'turn', before: before?.turn, after: after.turn };
    return adjustment(keys.purse(scope, number), [part], before?.balances ?? {}, after.balances, false);
  },
  /**
   * Another edition is that of the scope's own quotas in force when it is written, not only when they were read. The
   * revision says so: the version of a record moves with what is told of it, too. The record of a default is not asked:
   * all who open a vault by it would meet there, and it binds each scope at its next request anyway.
   */
  inForce: ({ scope, own, definition }: Account, before: Vault | undefined, after: Vault): Write[] => {
    if (!definition || before?.edition === after.edition) return [];
    return [{ kind: 'require', key: keys.limit(scope), where: [{ path: 'revision', is: own?.revision }] }];
  },
  /** Vault and purse of an account that something was taken from, or given back to. */
  account: (before: Account, after: Account): Write[] => [
    ...(after.vault ? writes.vault(after.scope, before.vault, after.vault) : []),
    ...(after.vault ? writes.inForce(after, before.vault, after.vault) : []),
    ...(after.purse ? writes.purse(after.scope, after.number, before.purse, after.purse) : []),
  ],
  /** A record with further notes: it need not be the caller's business that another request wrote some first. */
  note: (before: Limit | undefined, after: Limit): Write => ({
    kind: 'adjust',
    key: keys.limit(after),
    set: before ? { version: after.version, warned: after.warned, reached: after.reached } : limitItem(after),
    where: [{ path: 'version', is: before?.version }],
  }),
  limit: (before: Limit | undefined, after: Limit): Write =>
    before
      ? { kind: 'replace', key: keys.limit(after), item: limitItem(after), version: before.version }
      : { kind: 'create', key: keys.limit(after), item: limitItem(after) },
  use: (decisionId: string, scope: Scope): Write => ({
    kind: 'create',
    key: keys.use(decisionId),
    item: { limit: nameOf(scope) },
  }),
} as const;
