import { expect } from 'vitest';
import type { Limit, LimitUsage, Quota } from '../../functions/limits/contract.ts';
import { agentOf, enterpriseOrchestrator, humanWith } from './organization.ts';
import { aProposal } from './proposals.ts';
import { call, clientIdOf, type Reply } from './world.ts';

const board = humanWith('board_member');
let made = 0;

/** A team of its own in a domain, with so many agents, whom nothing but the defaults limits. */
export async function aTeam(agents: number, domain = 'product'): Promise<{ team: string; agents: string[] }> {
  made += 1;
  const team = `limited_${Date.now().toString(36)}_${made}`;
  const unit = { id: team, name: team, domain, client_id: clientIdOf(`${domain}-runtime`) };
  expect(await call('POST', '/teams', { as: enterpriseOrchestrator, body: unit })).toMatchObject({ status: 201 });
  const ids = Array.from({ length: agents }, (_, n) => `${team}_agt_${n}`);
  for (const id of ids) {
    const body = { ...agentOf(domain), id, team };
    expect(await call('POST', '/agents', { as: enterpriseOrchestrator, body })).toMatchObject({ status: 201 });
  }
  return { team, agents: ids };
}

/** The limit in force for a scope, `team/checkout`. */
export async function limitOf(scope: string): Promise<LimitUsage> {
  const reply = await call('GET', `/limits/${scope}`, { as: board });
  expect(reply.status, reply.text).toBe(200);
  return reply.body as LimitUsage;
}

/** What is used of a dimension by day. */
export async function usedOf(scope: string, dimension = 'tokens'): Promise<number | null | undefined> {
  const { quotas } = await limitOf(scope);
  return quotas.find((quota) => quota.dimension === dimension && quota.window === 'day')?.used;
}

/** Asks for other quotas, from the version that is there now. */
export async function setLimit(scope: string, as: string, quotas: Quota[], more: object = {}): Promise<Reply> {
  const { version } = await limitOf(scope);
  return call('PUT', `/limits/${scope}`, { as, body: { quotas, ...more }, headers: { 'if-match': `"v${version}"` } });
}

/** Quotas of a day: so many tokens, and more calls than anyone makes. */
export const aDayOf = (tokens: number): Quota[] => [
  { dimension: 'tokens', window: 'day', amount: tokens },
  { dimension: 'api_calls', window: 'day', amount: 90_000 },
];

/** A decision that an agent takes by itself, and that consumes so many tokens. */
export const consuming = (tokens: number, more: Record<string, unknown> = {}): Record<string, unknown> =>
  aProposal('implementation_detail', { estimate: { tokens }, ...more });

/** Every limit that has a record. */
export async function limitsListed(): Promise<Limit[]> {
  const all: Limit[] = [];
  let cursor = '';
  do {
    const { body } = await call('GET', `/limits?limit=100${cursor}`, { as: board });
    all.push(...(body.items as Limit[]));
    cursor = body.next_cursor ? `&cursor=${body.next_cursor}` : '';
  } while (cursor);
  return all;
}
