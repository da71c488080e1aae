import { expect } from 'vitest';
import type { PolicyDocument } from '../../functions/policies/contract.ts';
import { aPolicy, starterPack } from '../unit/policies/fixtures.ts';
import { humanWith } from './organization.ts';
import { call, eventually, type Reply } from './world.ts';

export const governor = humanWith('board_member');

/** The starter pack and one more policy, which no other test has. */
export const packWith = (id: string, body: string): PolicyDocument[] => [...starterPack(), aPolicy(id, body)];

/** Uploads a set; the answer, whatever it is. */
export const upload = (policies: readonly unknown[], note = 'A test', as = governor): Promise<Reply> =>
  call('POST', '/policies/versions', { as, body: { policies, note } });

/** The number of a version with one more policy than the starter pack. */
export async function versionWith(id: string, body: string): Promise<number> {
  const { status, body: stored, text } = await upload(packWith(id, body));
  expect(status, text).toBe(201);
  return stored.version as number;
}

/** A simulation of a version, when it has ended. */
export async function simulated(version: number, last = 1_000): Promise<Reply['body']> {
  const { status, body, text } = await call('POST', `/policies/${version}/simulations`, {
    as: governor,
    body: { last },
  });
  expect(status, text).toBe(201);
  return ended(version, body.id as string);
}

/** The simulation once it is no longer running. */
export const ended = (version: number, id: string): Promise<Reply['body']> =>
  eventually(
    `the end of ${id}`,
    async () => {
      const { body } = await call('GET', `/policies/${version}/simulations/${id}?limit=100`, { as: governor });
      return body.state === 'running' ? undefined : body;
    },
    60,
  );

export const activate = (version: number, decision_id: string, as = governor): Promise<Reply> =>
  call('POST', '/policies/activations', { as, body: { version, decision_id } });

export const rollBack = (reason = 'A test', as = governor): Promise<Reply> =>
  call('POST', '/policies/rollbacks', { as, body: { reason } });

/** The policy version in force. */
export const inForce = async (): Promise<number> => (await call('GET', '/policies', { as: governor })).body.version;
