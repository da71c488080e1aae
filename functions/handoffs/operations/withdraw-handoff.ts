import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import type { Handoff, routes } from '../contract.ts';
import { withdrawn } from '../end-model.ts';
import { decided, readable } from '../guards.ts';
import type { Deps } from '../ports.ts';
import { unmoved } from '../unmoved.ts';

export const withdrawHandoff = (deps: Deps, call: Call<(typeof routes)['withdrawHandoff']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const after = decided(withdrawn(before, body.reason, actor, now));
    const { change, next } = await unmoved(deps, before, after, 'withdrawn', now);
    return call.commit(change, next);
  });
