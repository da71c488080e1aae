import { setTimeout as sleep } from 'node:timers/promises';
import type { Handoff } from '../../functions/handoffs/contract.ts';
import { insist, type Reply } from './http.ts';
import type { HandoffPart } from './parts.ts';
import { ahead, type Ears, idOf, type Self } from './self.ts';

const packageParts = ['context', 'current_state', 'outstanding_issues', 'key_decisions', 'contacts'] as const;
const expectations = 'It is in production by Friday, and the customer is told.';
const hour = 3600;
/** In time of the day, which passes in minutes: an answer to silence should come while it lasts. */
const termsOf = (manner: HandoffPart['manner']) => ({
  prepare_seconds: 24 * hour,
  accept_seconds: manner === 'silent' ? hour : 24 * hour,
  support_seconds: 24 * hour,
  answer_seconds: 4 * hour,
});

/** How somebody hands work over, and takes it over. What it does as the recipient is the manner of the part in the plan. */
export function handoffDuty({ id: self, call, parts, say }: Self) {
  const read = (id: string) => insist<Handoff>(call, 200, 'GET', `/handoffs/${id}`);

  /** Takes a step, and says so where it was taken. */
  async function step(id: string, path: string, decision: string, body?: object): Promise<Reply<Handoff>> {
    const reply = await call<Handoff>('POST', `/handoffs/${id}/${path}`, body ? { body } : {});
    if (reply.status < 300) say({ kind: 'did', subject: `handoff/${id}`, decision, what: `${decision} handoff` });
    return reply;
  }

  async function replace(id: string, what: string, body: object): Promise<void> {
    const { version } = await read(id);
    await call('PUT', `/handoffs/${id}/${what}`, { body, headers: { 'if-match': `"v${String(version)}"` } });
  }

  /** The handing side: opens, is told what is missing, brings it, and offers. */
  async function open(name: string): Promise<void> {
    const part = parts.handoffs.find(({ task }) => task.id === name);
    if (!part) return;
    const prerequisites = [{ name: 'tests-green', description: 'All tests pass.' }];
    const body = { tasks: [name], to: part.to, prerequisites, terms: termsOf(part.manner) };
    const opened = await call<Handoff>('POST', '/handoffs', { body });
    if (opened.status !== 201) return say({ kind: 'trouble', text: `${name} is not handed over: ${opened.code}` });
    const { id } = opened.body;
    say({ kind: 'did', subject: `handoff/${id}`, decision: 'opened', what: 'opened handoff' });
    await step(id, 'offer', 'offered');
    await replace(id, 'package', {
      context: 'The customer waits for it since Monday.',
      current_state: 'Half of it is done and tested.',
      outstanding_issues: ['The load test is missing.'],
      key_decisions: [],
      contacts: [{ principal: self, about: 'All of it.' }],
    });
    await step(id, 'prerequisites/tests-green/evidence', 'changed', { evidence: 'Build 12: all green.' });
    await replace(id, 'meeting', { at: ahead(60_000), minutes: 15, agenda: ['Walk through the package'] });
    await step(id, 'expectations', 'changed', { text: expectations });
    const { status, code } = await step(id, 'offer', 'offered');
    if (status !== 200) say({ kind: 'trouble', text: `${id} could not be offered: ${code}` });
  }

  /** The receiving side: it asks first, and goes on when it was answered. */
  async function walk(id: string): Promise<void> {
    const { phase, tasks, questions } = await read(id);
    const manner = parts.handoffs.find(({ task }) => tasks.includes(task.id))?.manner ?? 'whole';
    if (phase !== 'meeting' || manner === 'silent') return;
    if (manner === 'refused') {
      await step(id, 'refusal', 'refused', { reason: 'The team has no room for it this week.' });
      return;
    }
    if (questions.length === 0) {
      await step(id, 'questions', 'asked', { part: 'current_state', question: 'What is tested of it?' });
      return;
    }
    if (questions.some(({ answered_at: at }) => at === null)) return;
    for (const part of packageParts) {
      await step(id, 'confirmations', 'changed', {
        part,
        understanding: `${part}: as it is written, in words of mine.`,
      });
    }
    await step(id, 'expectations', 'changed', { text: expectations });
    const { status, code } = await step(id, 'acceptance', 'accepted');
    if (status !== 200) return say({ kind: 'trouble', text: `${id} could not be accepted: ${code}` });
    await sleep(1500);
    await step(id, 'questions', 'asked', { question: 'Whom does the customer call?' });
  }

  async function answer(id: string): Promise<void> {
    const { questions } = await read(id);
    for (const { number, answered_at: at } of questions) {
      if (at !== null) continue;
      await step(id, `questions/${String(number)}/answer`, 'answered', { answer: 'It is in the package, page 2.' });
    }
  }

  /** With its question of the support window answered, it needs no more support. */
  async function goOn(id: string): Promise<void> {
    const { phase } = await read(id);
    if (phase === 'meeting') await walk(id);
    if (phase === 'support') await step(id, 'closure', 'closed');
  }

  const ears: Ears = {
    handoff_offered: async (message) => walk(idOf(message)),
    handoff_question: async (message) => answer(idOf(message)),
    handoff_answer: async (message) => goOn(idOf(message)),
  };
  return { open, ears };
}
