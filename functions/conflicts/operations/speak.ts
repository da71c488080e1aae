import { onLatest } from '../../shared/again.ts';
import { type Change, joined } from '../../shared/commit.ts';
import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import { interestsSaid, perspectiveSaid } from '../changes.ts';
import type { Conflict, routes } from '../contract.ts';
import { turnTo } from '../messages.ts';
import { decideInterests, decidePerspective, type Refusal, type Spoken } from '../model.ts';
import type { Store } from '../store.ts';
import { getConflict } from './get-conflict.ts';
import type { InboxPort } from '../../approvals/contract.ts';

type Deps = { store: Store; inbox: InboxPort };

/** How a party sees the matter; with the last of them, all are asked for what they need. */
export const givePerspective = (deps: Deps, call: Call<(typeof routes)['givePerspective']>): Promise<Conflict> =>
  speak(deps, call, (conflict) => decidePerspective(conflict, call.actor.id, call.body, call.now), perspectiveSaid);

/** What a party needs; with the last of them, all are asked for options. */
export const giveInterests = (deps: Deps, call: Call<(typeof routes)['giveInterests']>): Promise<Conflict> =>
  speak(deps, call, (conflict) => decideInterests(conflict, call.actor.id, call.body, call.now), interestsSaid);

type Speaking = {
  params: { id: string };
  actor: Actor;
  now: Date;
  commit: (change: Change, answer: Conflict) => Promise<Conflict>;
};

const speak = (
  { store, inbox }: Deps,
  { params, actor, now, commit }: Speaking,
  decide: (conflict: Conflict) => Spoken | Refusal,
  changeOf: typeof perspectiveSaid,
): Promise<Conflict> =>
  onLatest(async () => {
    const decided = decide(await getConflict(store, params.id, actor));
    if (decided.kind === 'refuse') throw new Problem(decided.why, decided.detail);
    const { next, party, complete } = decided;
    const told = inbox.deliver(complete ? turnTo(next) : [], next.domain, now);
    return commit(joined(changeOf(next, { party, by: actor.id, complete }), told), next);
  });
