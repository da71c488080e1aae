import { epochSeconds } from '../shared/clock.ts';
import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { everyItem } from '../shared/every-item.ts';
import { domainOf, type Standing, standing } from '../shared/principal.ts';
import { Delegation } from './contract.ts';
import type { Delegator } from './delegation-model.ts';

export const delegationKeys = {
  /** V10 One delegation. */
  delegation: (id: string): Key => ({ pk: `approvals#delegation#${id}`, sk: 'delegation' }),
  /** V11 Delegations that a principal gave, by time. */
  given: (from: string, at: string) => ({ gsi1pk: `approvals#delegations-of#${from}`, gsi1sk: at }),
  /** V12 Delegations that a principal has, by time. */
  had: (to: string, at: string) => ({ gsi2pk: `approvals#delegations-to#${to}`, gsi2sk: at }),
  /** V13 Who delegated to a principal, read consistently before each vote on its request: pointer rows. */
  delegator: (to: string, id: string): Key => ({ pk: `approvals#delegators#${to}`, sk: id }),
} as const;

/** A chain of delegations, first one first, with everybody in it who acts now. */
export type Chain = { links: readonly Delegation[]; active: ReadonlyMap<string, Standing> };

export type Delegations = ReturnType<typeof delegationStore>;

/** Pointers outlive what they point to by as long as an escalation may stay open. */
const keptSeconds = 120 * 86_400;

/** Questions about delegations. */
export const delegationStore = (table: Table) => {
  const many = async (ids: readonly string[]): Promise<(Delegation | undefined)[]> => {
    const items = await table.getMany(ids.map((id) => delegationKeys.delegation(id)));
    return items.map((item) => item && delegationFrom(item));
  };
  return {
    one: async (id: string): Promise<Delegation | undefined> => (await many([id]))[0],
    /**
     * A delegation with those that it follows from; undefined when one of them is not there.
     * @param others principals whose standing is wanted in the same read
     */
    chain: async (id: string, others: readonly string[] = []): Promise<Chain | undefined> => {
      const [last] = await many([id]);
      if (!last) return undefined;
      const before = await many(last.ancestors);
      const links = [...before, last].filter((link) => link !== undefined);
      if (links.length !== before.length + 1) return undefined;
      return { links, active: await standing(table.getMany, [...last.path, last.to, ...others]) };
    },
    /** Principals who act now, by id. */
    active: (ids: readonly string[]): Promise<ReadonlyMap<string, Standing>> => standing(table.getMany, ids),
    /** Domain that a principal belongs to now, whatever its status; undefined for one that is unknown. */
    homeOf: (id: string): Promise<string | undefined> => domainOf(table.getMany, id),
    /** Everybody who ever delegated to a principal, as far as it may matter to a request that is open. */
    delegatorsOf: async (to: string): Promise<Delegator[]> => {
      const found: Delegator[] = [];
      const partition = ['pk', delegationKeys.delegator(to, '').pk] as const;
      for await (const item of everyItem(table, { partition })) found.push(bare(item) as Delegator);
      return found;
    },
    /** Delegations that a principal gave or has, newest first. */
    list: async (which: 'given' | 'had', principal: string, limit: number, after: Item | undefined) => {
      const index = which === 'given' ? ('gsi1' as const) : ('gsi2' as const);
      const partition =
        which === 'given'
          ? (['gsi1pk', delegationKeys.given(principal, '').gsi1pk] as const)
          : (['gsi2pk', delegationKeys.had(principal, '').gsi2pk] as const);
      const { items, last } = await table.query({ index, partition, newestFirst: true, limit, after });
      return { delegations: items.map(delegationFrom), last };
    },
  };
};

const delegationFrom = (item: Item): Delegation => Delegation.parse(bare(item));

const itemOf = (delegation: Delegation): Item => {
  const at = `${delegation.created_at}#${delegation.id}`;
  return { ...delegation, ...delegationKeys.given(delegation.from, at), ...delegationKeys.had(delegation.to, at) };
};

const pointer = ({ id, to, path, persons, types, created_at, expires_at, revoked_at }: Delegation): Write => ({
  kind: 'put',
  key: delegationKeys.delegator(to, id),
  item: {
    ...({ id, path, persons, types, created_at, expires_at, revoked_at } satisfies Delegator),
    ttl: epochSeconds(new Date(expires_at)) + keptSeconds,
  },
});

export const delegationWrites = {
  /** That a delegation is still what was read. */
  unchanged: ({ id, version }: Delegation): Write => ({
    kind: 'check',
    key: delegationKeys.delegation(id),
    version,
  }),
  create: (delegation: Delegation): Write[] => [
    { kind: 'create', key: delegationKeys.delegation(delegation.id), item: itemOf(delegation) },
    pointer(delegation),
  ],
  /** @param delegation already carries its next version */
  replace: (delegation: Delegation): Write[] => [
    {
      kind: 'replace',
      key: delegationKeys.delegation(delegation.id),
      item: itemOf(delegation),
      version: delegation.version - 1,
    },
    pointer(delegation),
  ],
} as const;
