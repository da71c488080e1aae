import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import { amending } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, readable } from '../guards.ts';
import { withEvidence } from '../model.ts';
import type { Deps } from '../ports.ts';

export const provePrerequisite = (deps: Deps, call: Call<(typeof routes)['provePrerequisite']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const next = decided(withEvidence(before, params.name, body.evidence, actor, now));
    const at = next.prerequisites.findIndex(({ name }) => name === params.name);
    return call.commit(amending(before, next, [`/prerequisites/${at}`], body.evidence), next);
  });
