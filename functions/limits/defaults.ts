import type { Change } from '../shared/commit.ts';
import type { Quota, Scope } from './contract.ts';
import { changedEntry } from './facts.ts';
import { nameOf } from './scopes-model.ts';
import { unset, writes } from './store.ts';

const usd = 1_000_000;
const gigabyte = 2 ** 30;
const hour = 3_600;

/** Quotas of an agent; those of what is above it are so many times as much. */
const quotas = (times: number): Quota[] => [
  { dimension: 'cost_micro_usd', window: 'day', amount: 250 * usd * times },
  { dimension: 'cost_micro_usd', window: 'month', amount: 2_500 * usd * times },
  { dimension: 'tokens', window: 'day', amount: 100_000_000 * times },
  { dimension: 'api_calls', window: 'day', amount: 100_000 * times },
  { dimension: 'storage_bytes', window: 'month', amount: 100 * gigabyte * times },
  { dimension: 'wall_clock_seconds', window: 'day', amount: 48 * hour * times },
];

const initial: readonly (readonly [scope: Scope, times: number])[] = [
  [{ kind: 'default', id: 'agent' }, 1],
  [{ kind: 'default', id: 'team' }, 20],
  [{ kind: 'default', id: 'domain' }, 200],
  [{ kind: 'enterprise', id: 'enterprise' }, 1_000],
];

/** What a deployment starts with: limits that stop a runaway, not a day's work. Whoever governs sets what fits. */
export const defaultLimits = (now: Date): { scope: Scope; name: string; change: Change }[] =>
  initial.map(([scope, times]) => {
    const limit = {
      ...unset(scope, now),
      version: 1,
      revision: 1,
      quotas: quotas(times),
      changed_by: 'orchestra_seed',
    };
    const entry = changedEntry(limit, 'enterprise', { reason: 'Default of a new deployment.', decisionId: undefined });
    return { scope, name: nameOf(scope), change: { writes: [writes.limit(undefined, limit)], entries: [entry] } };
  });
