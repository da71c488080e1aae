import { describe, expect, it } from 'vitest';
import type { Key } from '../../../functions/shared/dynamo.ts';
import { admissionKeys, admit, personOf } from '../../../functions/shared/principal.ts';

const stored = new Map<string, Record<string, unknown>>([[admissionKeys.enterprise().pk, { status: 'active' }]]);
const bound = (id: string, client_id: string, subject?: string): void => {
  const human = { id, name: id, kind: 'human', status: 'active', client_id, roles: ['board_member'] };
  stored.set(admissionKeys.principal(id).pk, subject === undefined ? human : { ...human, subject });
};
bound('hum_web', 'web', 'jane');
bound('hum_phone', 'phone', 'jane');
bound('hum_joe', 'web', 'joe');
bound('hum_tool', 'web');

async function person(id: string, client_id: string, subject: string): Promise<string | null> {
  const read = async (keys: readonly Key[]) =>
    keys.map((key) => {
      const item = stored.get(key.pk);
      return item && { ...item, ...key };
    });
  const { outcome } = await admit(read, id, { client_id, subject, scopes: '', expires_at: 0 }, () => []);
  if (outcome.kind === 'refused') throw new Error(outcome.code);
  return personOf(outcome.actor);
}

describe('the fingerprint of a person', () => {
  it('[AUT-6] is of who signed in, whatever client the token was issued to', async () => {
    const jane = await person('hum_web', 'web', 'jane');
    expect(await person('hum_phone', 'phone', 'jane')).toBe(jane);
    expect(await person('hum_joe', 'web', 'joe')).not.toBe(jane);
  });

  it('[AUT-6] is of the client where nobody signed in', async () => {
    const tool = await person('hum_tool', 'web', 'web');
    expect(tool).not.toBe(await person('hum_joe', 'web', 'joe'));
    expect(await person('hum_tool', 'web', 'web')).toBe(tool);
  });
});
