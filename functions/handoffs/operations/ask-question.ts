import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import { asking } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { contactOf } from '../deciders.ts';
import { decided, delivered, readable } from '../guards.ts';
import { asked } from '../meeting-model.ts';
import { questionAsked } from '../messages.ts';
import type { Deps } from '../ports.ts';
import { joined } from '../../shared/commit.ts';

/** Puts a question to whoever of the handing side can be reached. */
export const askQuestion = (deps: Deps, call: Call<(typeof routes)['askQuestion']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const routedTo = await contactOf(deps.directory, before);
    const next = decided(asked(before, body, actor, { routedTo, now }));
    const question = next.questions.at(-1);
    if (!question) throw new Error('the question is not there');
    const messages = delivered(deps.inbox, questionAsked(next, question), now);
    return call.commit(joined(asking(before, next, question), ...messages), next);
  });
