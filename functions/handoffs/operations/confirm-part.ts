import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import { amending } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, readable } from '../guards.ts';
import { confirmed } from '../meeting-model.ts';
import type { Deps } from '../ports.ts';

export const confirmPart = (deps: Deps, call: Call<(typeof routes)['confirmPart']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const next = decided(confirmed(before, body, actor, now));
    return call.commit(amending(before, next, [`/confirmations/${body.part}`], body.understanding), next);
  });
