import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type Change, joined } from '../../shared/commit.ts';
import { fact } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import { newIdOf, Slug } from '../../shared/ids.ts';
import { type ImportResult, organizationImported } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { requireAuthority } from '../guards.ts';
import { batched } from '../import-batches.ts';
import { outcomeOf, type Plan, planImport } from '../import-plan.ts';
import { idsOf, principalRows, readDocument } from '../import-rows.ts';
import { everything } from '../wholes.ts';

type Call = Asked<'importOrganization'>;

/**
 * Makes the directory as the document says. It takes several transactions; the last one carries the entry of the import,
 * so an import without that entry was cut short, and putting the same document again completes it. A document that
 * changes nothing writes nothing.
 */
export async function importOrganization(deps: Deps, call: Call): Promise<ImportResult> {
  const { body, query, actor, now } = call;
  requireAuthority(actor, { kind: 'domain', id: 'enterprise' });
  const plan = await planOf(deps, call);
  const digest = createHash('sha256')
    .update(canonicalize(body) ?? '')
    .digest('hex');
  const dry_run = query.dry_run === 'true';
  const batches = plan.phases.map(batched).filter((phase) => phase.length > 0);
  const result = { dry_run, digest, ...outcomeOf(plan) };
  const last = batches.at(-1)?.pop();
  if (dry_run || !last) return { import_id: null, ...result };
  const answer = { import_id: newIdOf('imp'), ...result };
  const context = { actor: actor.id, now, trace: call.trace };
  for (const phase of batches) await each(phase, (change) => deps.commit(change, context));
  return call.commit(joined(last, imported(answer)), answer);
}

async function planOf({ state, provisioned }: Deps, { body, actor, now }: Call): Promise<Plan> {
  const read = readDocument(body);
  // A text that is no id names no record, and may be longer than a key can be.
  const askable = (ids: string[]): string[] => ids.filter((id) => Slug.safeParse(id).success);
  const named = {
    domains: askable(idsOf(read.rows.domains)),
    teams: askable(idsOf(read.rows.teams)),
    principals: askable(idsOf(principalRows(read.rows))),
  };
  const current = await everything(state, named);
  const planned = planImport(read, current, { provisioned, importer: actor, now });
  if (planned.kind === 'plan') return planned.plan;
  const { faults } = planned;
  throw new Problem('OrganizationInvalid', `The document has ${faults.length} faults; nothing was changed.`, {
    faults,
  });
}

/** Transactions of one phase that run at once: enough to import 20,000 agents within a request. */
const atOnce = 6;

async function each(changes: readonly Change[], run: (change: Change) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < changes.length; at += atOnce) await Promise.all(changes.slice(at, at + atOnce).map(run));
}

function imported({ import_id, digest, ...lists }: ImportResult & { import_id: string }): Change {
  const [created, changed, retired] = [lists.created.length, lists.changed.length, lists.retired.length];
  const data = { import_id, digest, created, changed, retired, concerns: ['enterprise'] };
  const entry = {
    action_type: 'execution' as const,
    domain: 'enterprise',
    subject: `import/${import_id}`,
    sequence: 1,
    summary: `Imported an organization: ${created} created, ${changed} changed, ${retired} retired`,
    details: { decision: 'imported', outcome: `sha256:${digest}` },
    retention: 'significant' as const,
    event: fact(organizationImported, data),
  };
  return { writes: [], entries: [entry] };
}
