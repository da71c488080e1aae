import * as z from 'zod';
import { DomainId } from '../../shared/ids.ts';
import { yesterday } from '../reconciliation-model.ts';
import { type ReconcileDeps, reconcileDay, type Reconciliation } from './reconcile-day.ts';

const Asked = z.object({ day: z.iso.date().optional(), domains: z.array(DomainId).optional() });

type Deps = ReconcileDeps & { domains: () => Promise<string[]>; now: () => Date };

/** Reconciles a day (yesterday, unless one is asked for) of the domains asked for, or of all and the enterprise. */
export async function reconcile(deps: Deps, event: unknown): Promise<Reconciliation[]> {
  const asked = Asked.parse(event ?? {});
  const domains = asked.domains ?? ['enterprise', ...(await deps.domains())];
  const results: Reconciliation[] = [];
  for (const domain of domains) {
    const now = deps.now();
    results.push(await reconcileDay(deps, domain, asked.day ?? yesterday(now), now));
  }
  return results;
}
