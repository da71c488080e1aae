import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erasureEntry, erasureOf, isDestroyed, isErased, tombstoneOf } from '../../../functions/audit/erasure-model.ts';
import { mayAccess, mayErase } from '../../../functions/audit/model.ts';
import { isLive, type LiveRecord } from '../../../functions/shared/subject-record.ts';
import { noon } from './fixtures.ts';

const pseudonym = `sub_${'a'.repeat(32)}`;
const aKey = (over: Partial<LiveRecord> = {}): LiveRecord => ({
  pseudonym,
  version: 1,
  generation: 1,
  wrapped: 'c2VjcmV0',
  made_at: noon.toISOString(),
  erasure: null,
  ...over,
});
const erasure = { erased_at: noon.toISOString(), erased_by: 'hum_operator', entries: 3 };

describe('a tombstone', () => {
  it('[AUD-7] has nothing of the key, and says who destroyed it', () => {
    const tombstone = tombstoneOf(aKey(), 1, erasure);
    expect(JSON.stringify(tombstone)).not.toContain('c2VjcmV0');
    expect(isErased(tombstone)).toBe(true);
    expect(isLive(tombstone)).toBe(false);
    expect(erasureOf(tombstone)).toEqual({ data_subject: pseudonym, generation: 1, key_destroyed: true, ...erasure });
  });

  it('[AUD-7] [AUD-2] goes on where the ledger ended, also when a restore has taken the record back', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(99), (version, recorded) => {
        const next = tombstoneOf(aKey({ version: version + 1 }), recorded, erasure);
        expect(next.version).toBe(Math.max(version + 1, recorded) + 1);
        expect(erasureEntry(next, 'Asked for')).toMatchObject({
          subject: `data-subject/${pseudonym}`,
          sequence: next.version,
          retention: 'compliance',
        });
      }),
    );
  });

  it('[AUD-7] is proof of its own generation only', () => {
    expect(isDestroyed({ generation: 1 }, tombstoneOf(aKey(), 1, erasure))).toBe(true);
    expect(isDestroyed({ generation: 1 }, aKey({ version: 3, generation: 2 }))).toBe(true);
    expect(isDestroyed({ generation: 1 }, undefined)).toBe(true);
    expect(isDestroyed({ generation: 1 }, aKey())).toBe(false);
    expect(isDestroyed({ generation: 2 }, aKey({ generation: 2 }))).toBe(false);
  });
});

it.each([
  ['human', 'data_protection', true, true],
  ['human', 'operator', true, true],
  ['human', 'board_member', true, true],
  ['human', 'auditor', true, false],
  ['human', 'on_call', false, false],
  ['enterprise_orchestrator', 'data_protection', false, false],
  ['agent', 'operator', false, false],
] as const)('[AUD-7] a(n) %s with role %s: access %s, erasure %s', (kind, role, access, erases) => {
  expect([mayAccess({ kind, roles: [role] }), mayErase({ kind, roles: [role] })]).toEqual([access, erases]);
});
