import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { itemsOf } from './ledger.ts';
import { example } from './organization.ts';
import { call, type Reply } from './world.ts';

/** The nth agent of a team of the example. */
export function memberOf(team: string, nth = 0): string {
  const member = example.agents.filter((agent) => agent.team === team)[nth];
  if (!member) throw new Error(`${team} has no agent ${nth}`);
  return member.id;
}

/** Two teams of one domain, and one of another. */
export const checkout = { domain: 'product', team: 'checkout', speakers: [memberOf('checkout')] };
export const catalog = { domain: 'product', team: 'catalog', speakers: [memberOf('catalog')] };
export const reliability = { domain: 'operations', team: 'reliability', speakers: [memberOf('reliability')] };

/** A well-formed conflict about a thing of its own; `more` overrides its fields. */
export const aConflict = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'priority',
  subject: `resource/staging-${randomUUID()}`,
  summary: 'Both need the staging environment on Friday',
  parties: [checkout, catalog],
  ...more,
});

/** Raises a conflict; inside of product unless `more` says otherwise. */
export async function raised(more: Record<string, unknown> = {}, as = memberOf('checkout')): Promise<Reply['body']> {
  const { status, body, text } = await call('POST', '/conflicts', { as, body: aConflict(more) });
  expect(status, text).toBe(201);
  return body;
}

const post = (what: string) => (id: string, as: string, body: unknown) =>
  call('POST', `/conflicts/${id}/${what}`, { as, body });

export const speak = (id: string, as: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  post('perspectives')(id, as, { statement: `How ${as} sees it`, ...more });
export const need = (id: string, as: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  post('interests')(id, as, { interests: [`What ${as} needs`], ...more });
export const propose = (id: string, as: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  post('options')(id, as, { title: 'By turns', description: 'One in the morning, one after noon.', ...more });
export const agreeTo = (id: string, as: string, option_id = 'opt_1'): Promise<Reply> =>
  post('agreements')(id, as, { option_id });
export const resolve = (id: string, as: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  post('resolution')(id, as, { decision: 'Checkout goes first.', rationale: 'Its date is promised.', ...more });
export const conflictOf = async (id: string, as: string): Promise<Reply['body']> =>
  (await call('GET', `/conflicts/${id}`, { as })).body;

/** Brings a conflict to the step of options, by its parties. */
export async function atOptions(conflict: Reply['body']): Promise<void> {
  const speakers = conflict.parties.map(({ speakers: [first] }: { speakers: string[] }) => first) as string[];
  for (const one of speakers) expect(await speak(conflict.id, one)).toMatchObject({ status: 201 });
  for (const one of speakers) expect(await need(conflict.id, one)).toMatchObject({ status: 201 });
}

/** Types of the events of a conflict, oldest first, as `identified`. */
export const eventsOf = async (id: string): Promise<string[]> =>
  (await itemsOf(`conflict/${id}`)).map(({ event }) => event.type.split('.')[2] ?? '');

/** Steps that the ledger shows a conflict in, in their order, each once. */
export async function stepsOf(id: string): Promise<string[]> {
  // Of requests at once one may be written first that arrived later: the sequence says which came first.
  const items = (await itemsOf(`conflict/${id}`)).toSorted((a, b) => a.sequence - b.sequence);
  const all = items.map(({ details }) => details.outcome);
  return all.filter((step, at) => step !== all[at - 1]);
}
