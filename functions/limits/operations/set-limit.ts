import { mandateFault } from '../../authority/contract.ts';
import type { Write } from '../../shared/dynamo.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import type { Account } from '../accounts-model.ts';
import { levelFault, mayChange, raiseOf, raises, sameQuotas, type Standing } from '../change-model.ts';
import type { Limit, LimitUsage, Quota, routes, Scope } from '../contract.ts';
import { changedEntry } from '../facts.ts';
import { bind } from '../gathering.ts';
import type { Deps } from '../ports.ts';
import { nameOf } from '../scopes-model.ts';
import { unset, writes } from '../store.ts';
import { found, getLimit } from './get-limit.ts';
import { raced } from '../../shared/again.ts';

type Asked = Call<(typeof routes)['setLimit']>;

/**
 * Sets the quotas of a scope. Raising takes a decision, which serves once; lowering is answered when nobody can spend
 * beyond it any more. For a default that is the next request of each scope that it stands for.
 */
export async function setLimit(deps: Deps, call: Asked): Promise<LimitUsage> {
  const { params: scope, actor, body, now, trace } = call;
  const { standing, account } = await found(deps, scope);
  const code = mayChange(actor, standing);
  if (code !== 'granted') throw Problem.titled(code);
  requireVersion(call.version, account);
  const before = account.definition?.quotas ?? [];
  if (account.own?.quotas && sameQuotas(before, body.quotas)) return boundLimit(deps, scope, { now, trace });
  const isRaise = raises(before, body.quotas);
  const mandate = isRaise ? await mandated(deps, standing, call) : [];
  const after = changed(account.own ?? unset(scope, now), body.quotas, call);
  const reason = isRaise ? `Raised by ${body.decision_id}.` : 'Lowered, or as it was.';
  const entry = changedEntry(after, standing.domain, { reason, decisionId: isRaise ? body.decision_id : undefined });
  const writing = [writes.limit(account.own, after), ...mandate];
  const written = deps.commit({ writes: writing, entries: [entry] }, { actor: actor.id, now, trace });
  // The limit, or the use of its decision, may have been recorded by another request first.
  await raced(written, 'Another request was first; read the limit again.');
  return boundLimit(deps, scope, { now, trace });
}

/** The limit, once it binds: also what an earlier request has set, and did not live to bind. */
async function boundLimit(deps: Deps, scope: Scope, moment: Pick<Asked, 'now' | 'trace'>): Promise<LimitUsage> {
  if (scope.kind !== 'default') await bind(deps, scope, moment);
  return getLimit(deps, scope, moment.now);
}

function requireVersion(named: number, { own }: Account): void {
  const stored = own?.version ?? 0;
  if (named !== stored) throw new Problem('PreconditionFailed', `The record has version ${stored}.`);
}

const changed = (before: Limit, quotas: Quota[], { actor, now }: Asked): Limit => ({
  ...before,
  version: before.version + 1,
  revision: before.revision + 1,
  quotas,
  // Of other amounts nobody has been warned yet.
  warned: {},
  reached: {},
  changed_at: now.toISOString(),
  changed_by: actor.id,
});

/**
 * The record that a decision was used, once it is known to allow these very quotas; and the condition that it still is as
 * it was when that was found.
 */
async function mandated(deps: Deps, standing: Standing, { body, params, now }: Asked): Promise<Write[]> {
  const id = body.decision_id;
  const decision = id === undefined ? undefined : await deps.decision(id);
  const wanted = { type: 'resource_request', resource: { type: 'limit', id: raiseOf(params, body.quotas) } };
  const fault = mandateFault(decision, wanted, now) ?? (decision && levelFault(decision, standing));
  if (id === undefined || !decision || fault !== undefined) {
    throw new Problem(
      'MandateMissing',
      `Raising the limit of ${nameOf(params)} needs a decision. ${fault ?? ''}`.trim(),
    );
  }
  if (await deps.store.isUsed(id)) throw new Problem('MandateMissing', 'The decision has raised a limit already.');
  return [writes.use(id, params), deps.unchanged(decision)];
}
