import { onLatest } from '../../shared/again.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { advancing, seen } from '../advance.ts';
import type { Dependency, routes } from '../contract.ts';
import { invalid } from '../faults.ts';
import { acknowledged, confirmed, type Decision, etaChanged, resolved, returned, withdrawn } from '../model.ts';
import { followed, type Sight } from '../outlook-model.ts';
import { ownerOf, requireParty } from '../party-model.ts';
import type { Deps } from '../ports.ts';

type Asked<R extends keyof typeof routes> = Call<(typeof routes)[R]>;
type Moving = Pick<Asked<'withdrawDependency'>, 'params' | 'actor' | 'now' | 'commit'>;

/** Takes one step of the protocol for a side, with what follows from it at once. */
const move = (
  deps: Deps,
  { params, actor, now, commit }: Moving,
  side: 'dependent' | 'provider',
  decide: (dependency: Dependency) => Decision,
): Promise<Dependency> =>
  onLatest(async () => {
    const { dependency, sight } = await seen(deps, params.id, actor);
    requireSide(dependency, sight, side, actor);
    const decision = decide(dependency);
    if (decision.kind === 'refuse') throw new Problem(decision.why, decision.detail);
    const steps = followed(decision.step, sight, now);
    const change = await advancing(deps, { dependency, sight }, steps, { by: actor.id, now });
    return commit(change, steps.at(-1)?.after ?? dependency);
  });

function requireSide(dependency: Dependency, sight: Sight, side: 'dependent' | 'provider', actor: Moving['actor']) {
  const task = side === 'dependent' ? sight.task : sight.on;
  requireParty(actor, ownerOf(task, dependency[side]), task);
}

function ahead(eta: string, now: Date): Date {
  const at = new Date(eta);
  if (at <= now) throw invalid('eta', 'It lies in the past.');
  return at;
}

const momentOf = ({ actor, now }: Pick<Moving, 'actor' | 'now'>) => ({ by: actor.id, now });

/** The providing side says when it hands over. */
export const acknowledgeDependency = (deps: Deps, call: Asked<'acknowledgeDependency'>): Promise<Dependency> =>
  move(deps, call, 'provider', (one) => acknowledged(one, ahead(call.body.eta, call.now), momentOf(call)));

/** The providing side says another time; where that is too late, or in time again, both sides hear of it at once. */
export const changeEta = (deps: Deps, call: Asked<'changeEta'>): Promise<Dependency> =>
  move(deps, call, 'provider', (one) =>
    etaChanged(one, ahead(call.body.eta, call.now), call.body.reason, momentOf(call)),
  );

/** The providing side hands over. */
export const resolveDependency = (deps: Deps, call: Asked<'resolveDependency'>): Promise<Dependency> =>
  move(deps, call, 'provider', (one) => resolved(one, call.body.delivered, momentOf(call)));

/** The dependent side takes over, and its task waits no more; or it sends back what it cannot use. */
export const confirmDependency = (deps: Deps, call: Asked<'confirmDependency'>): Promise<Dependency> =>
  move(deps, call, 'dependent', (one) =>
    call.body.accepted ? confirmed(one, momentOf(call)) : returned(one, call.body.reason, momentOf(call)),
  );

/** The dependent side does not need it any more. */
export const withdrawDependency = (deps: Deps, call: Asked<'withdrawDependency'>): Promise<Dependency> =>
  move(deps, call, 'dependent', (one) => withdrawn(one, call.body.reason, momentOf(call)));
