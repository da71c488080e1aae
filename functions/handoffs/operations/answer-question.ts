import { onLatest } from '../../shared/again.ts';
import type { Call } from '../../shared/serve.ts';
import { answering } from '../changes.ts';
import type { Handoff, routes } from '../contract.ts';
import { decided, delivered, readable } from '../guards.ts';
import { answered } from '../meeting-model.ts';
import { questionAnswered } from '../messages.ts';
import type { Deps } from '../ports.ts';
import { joined } from '../../shared/commit.ts';

export const answerQuestion = (deps: Deps, call: Call<(typeof routes)['answerQuestion']>): Promise<Handoff> =>
  onLatest(async () => {
    const { params, body, actor, now } = call;
    const before = await readable(deps, params.id, actor);
    const next = decided(answered(before, params.question, body.answer, actor, now));
    const question = next.questions[params.question - 1];
    if (!question) throw new Error('the question is not there');
    const messages = delivered(deps.inbox, questionAnswered(next, question), now);
    return call.commit(joined(answering(before, next, question, now), ...messages), next);
  });
