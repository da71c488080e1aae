import { onLatest } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import { newId, newIdOf } from '../../shared/ids.ts';
import type { Call } from '../../shared/serve.ts';
import { agreementMade, optionMade, resolving } from '../changes.ts';
import type { Conflict, routes } from '../contract.ts';
import { resolvedTo } from '../messages.ts';
import { decideAgreement, decideOption } from '../model.ts';
import { agreedOn, decideResolution, type Ids, type Resolved } from '../resolution-model.ts';
import type { Store } from '../store.ts';
import { getConflict } from './get-conflict.ts';
import { joined } from '../../shared/commit.ts';
import type { InboxPort } from '../../approvals/contract.ts';

type Deps = { store: Store; inbox: InboxPort };

/** Proposes how to settle a conflict. */
export const proposeOption = (
  { store }: Pick<Deps, 'store'>,
  call: Call<(typeof routes)['proposeOption']>,
): Promise<Conflict> =>
  onLatest(async () => {
    const { params, actor, body, now } = call;
    const decided = decideOption(await getConflict(store, params.id, actor), actor.id, body, now);
    if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
    const { next, party } = decided;
    const option_id = next.options.at(-1)?.id ?? '';
    return call.commit(optionMade(next, { party, by: actor.id, option_id }), next);
  });

/** Agrees to an option; the agreement of all parties ends the conflict. */
export const agree = (deps: Deps, call: Call<(typeof routes)['agree']>): Promise<Conflict> =>
  onLatest(async () => {
    const { params, actor, body, now } = call;
    const { option_id } = body;
    const decided = decideAgreement(await getConflict(deps.store, params.id, actor), actor.id, body, now);
    if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
    const { next, party, complete } = decided;
    if (!complete) return call.commit(agreementMade(next, { party, by: actor.id, option_id }), next);
    const end = agreedOn(next, option_id, { now, ids: idsAt(now) });
    return call.commit(ending(deps, end, now), end.next);
  });

/** Decides a conflict in the place of its parties. */
export const resolveConflict = (deps: Deps, call: Call<(typeof routes)['resolveConflict']>): Promise<Conflict> =>
  onLatest(async () => {
    const { params, actor, body, now } = call;
    const conflict = await getConflict(deps.store, params.id, actor);
    const decided = decideResolution(conflict, actor, body, { now, ids: idsAt(now) });
    if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
    return call.commit(ending(deps, decided, now), decided.next);
  });

const idsAt = (now: Date): Ids => ({ knowledge: newIdOf('kno'), entry: newId(now) });

const ending = ({ inbox }: Pick<Deps, 'inbox'>, end: Resolved, now: Date) =>
  joined(resolving(end), inbox.deliver(resolvedTo(end.next), end.next.domain, now));
