import { expect } from 'vitest';
import { packageParts } from '../../functions/handoffs/contract.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { itemsOf } from './ledger.ts';
import { aCrew, aTask } from './tasks.ts';
import { call, type Reply } from './world.ts';

type Crew = Awaited<ReturnType<typeof aCrew>>;

/** Two teams of their own, one that hands over and one that receives, and tasks of the first. */
export type Parties = {
  from: Crew;
  to: Crew;
  /** Hands over. */
  giver: string;
  /** Receives. */
  taker: string;
  tasks: string[];
};

/** @param domain of the receiving team; the handing one is of `product` */
export async function parties(tasks = 2, domain = 'platform'): Promise<Parties> {
  const [from, to] = await Promise.all([aCrew(2), aCrew(2, { domain })]);
  const ids: string[] = [];
  for (let n = 0; n < tasks; n += 1) ids.push(await aTask(from.team));
  return { from, to, giver: from.agents[0] ?? '', taker: to.agents[0] ?? '', tasks: ids };
}

export const inHours = (hours: number): string => addSeconds(new Date(), hours * 3_600).toISOString();

export const wholePackage = (giver: string) => ({
  context: 'The pool of connections runs dry at noon.',
  current_state: 'The metric is there, the alarm is not.',
  outstanding_issues: ['The alarm fires too early'],
  key_decisions: [],
  contacts: [{ principal: giver, about: 'The metric' }],
});

type Opened = Parties & { id: string; body: Reply['body'] };

/** Opens a handoff that is complete, unless `more` says otherwise. */
export async function opened(given: Parties, more: Record<string, unknown> = {}): Promise<Opened> {
  const { giver, taker, tasks, to } = given;
  const standard = {
    tasks,
    to: { team: to.team, recipient: taker },
    package: wholePackage(giver),
    meeting: { at: inHours(1), agenda: ['The pool', 'The alarm'] },
    expectations: 'The alarm is there by Friday.',
  };
  const reply = await call('POST', '/handoffs', { as: giver, body: { ...standard, ...more } });
  expect(reply.status, reply.text).toBe(201);
  return { ...given, id: reply.body.id, body: reply.body };
}

/** A step of a handoff, as it is taken. */
export const step = (id: string, path: string, as: string, body?: unknown): Promise<Reply> =>
  call('POST', `/handoffs/${id}/${path}`, { as, ...(body === undefined ? {} : { body }) });

export const handoffOf = async (id: string, as: string): Promise<Reply['body']> =>
  (await call('GET', `/handoffs/${id}`, { as })).body;

/** A handoff that was offered. */
export async function offered(given: Parties, more?: Record<string, unknown>): Promise<Opened> {
  const handoff = await opened(given, more);
  const reply = await step(handoff.id, 'offer', given.giver);
  expect(reply.status, reply.text).toBe(200);
  return { ...handoff, body: reply.body };
}

/** All parts confirmed and the expectations agreed on: what is left is the acceptance. */
export async function walkedThrough(given: Parties, more?: Record<string, unknown>): Promise<Opened> {
  const handoff = await offered(given, more);
  for (const part of packageParts) {
    const reply = await step(handoff.id, 'confirmations', given.taker, { part, understanding: `So ${part} it is.` });
    expect(reply.status, reply.text).toBe(200);
  }
  const reply = await step(handoff.id, 'expectations', given.taker, { text: 'The alarm is there by Friday.' });
  expect(reply.status, reply.text).toBe(200);
  return { ...handoff, body: reply.body };
}

/** A handoff in its support window. */
export async function accepted(given: Parties, more?: Record<string, unknown>): Promise<Opened> {
  const handoff = await walkedThrough(given, more);
  const reply = await step(handoff.id, 'acceptance', given.taker);
  expect(reply.status, reply.text).toBe(200);
  return { ...handoff, body: reply.body };
}

/** Types of the events of a subject, without what all of them have. */
export const typesOf = async (subject: string): Promise<string[]> =>
  (await itemsOf(subject)).map(({ event }) => event.type.replace(/^orchestra\.[a-z]+\.|\.v1$/g, ''));
