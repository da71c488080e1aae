import * as z from 'zod';
import type { Page } from '../../shared/contract.ts';
import type { Cursors } from '../../shared/page.ts';
import type { Call } from '../../shared/serve.ts';
import type { PolicyVersionSummary, routes } from '../contract.ts';
import { summaryOf } from '../lifecycle-model.ts';
import type { PoliciesStore } from '../store.ts';

const Position = z.strictObject({ below: z.int().min(1) });
const list = ['policy-versions'];

/** The versions, newest first. */
export async function listVersions(
  deps: { store: PoliciesStore; cursors: Cursors },
  { query }: Call<(typeof routes)['listPolicyVersions']>,
): Promise<Page<PolicyVersionSummary>> {
  const position = await deps.cursors.open(query.cursor, list, Position);
  const [active, { labels, more }] = await Promise.all([
    deps.store.active(),
    deps.store.labels(query.limit, position?.below),
  ]);
  const items = labels.map((label) => summaryOf(label, active));
  const below = labels.at(-1)?.version;
  if (!more || below === undefined) return { items };
  return { items, next_cursor: await deps.cursors.seal({ below }, list) };
}
