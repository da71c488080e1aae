import { Problem } from '../../shared/errors.ts';
import type { Account } from '../accounts-model.ts';
import type { Standing } from '../change-model.ts';
import type { LimitUsage, Scope } from '../contract.ts';
import type { Deps } from '../ports.ts';
import { usageOf } from '../report-model.ts';
import { nameOf } from '../scopes-model.ts';

/** Where a scope stands, and its limit as it is kept. */
export async function found(
  { standing, store }: Deps,
  scope: Scope,
): Promise<{ standing: Standing; account: Account }> {
  const [place, [account]] = await Promise.all([standing(scope), store.accounts([{ scope, number: 0 }])]);
  if (!place || !account) throw new Problem('NotFound', `There is no ${nameOf(scope)}.`);
  return { standing: place, account };
}

/** The limit in force for a scope, and what is used of it. */
export async function getLimit(deps: Deps, scope: Scope, now: Date): Promise<LimitUsage> {
  const { account } = await found(deps, scope);
  return usageOf(await deps.store.roughly(account), now);
}
