import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsSuccessor, type ReceiptKeyRecord, signingKey } from '../../../functions/authority/receipt-keys.ts';

const begin = new Date('2026-11-01T00:00:00.000Z').getTime();
const minute = 60_000;
const at = (minutes: number): Date => new Date(begin + minutes * minute);

const key = (publishedAt: number): ReceiptKeyRecord => ({
  kid: `k${publishedAt}`,
  jwk: {},
  wrapped: '',
  published_at: at(publishedAt).toISOString(),
  signs_until: at(publishedAt + 24 * 60).toISOString(),
});

describe('the rotation of receipt keys', () => {
  it('[AUT-5] signs at every minute with a valid key, which caches had five minutes to fetch once there is another', () => {
    let records: ReceiptKeyRecord[] = [];
    for (let now = 0; now < 5 * 24 * 60; now += 7) {
      if (needsSuccessor(records, at(now))) records = [key(now), ...records];
      const signing = signingKey(records, at(now));
      expect(signing, `minute ${now}`).toBeDefined();
      expect(new Date(signing?.signs_until ?? 0).getTime()).toBeGreaterThan(at(now).getTime());
      const known = at(now).getTime() - new Date(signing?.published_at ?? 0).getTime();
      if (records.length > 1) expect(known).toBeGreaterThanOrEqual(5 * minute);
    }
    expect(records.length).toBeGreaterThanOrEqual(5);
    expect(records.length).toBeLessThanOrEqual(7);
  });

  it('[AUT-5] never signs with a key whose time is over', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3000, max: 100 }), { maxLength: 6 }), (published) => {
        const signing = signingKey(published.map(key), at(0));
        if (signing) expect(new Date(signing.signs_until).getTime()).toBeGreaterThan(begin);
      }),
    );
  });
});
