import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, isExpired, isKept, placed, release } from '../../../functions/audit/hold-model.ts';
import { Hold, NewHold } from '../../../functions/audit/contract.ts';
import { retentionDays } from '../../../functions/shared/ledger.ts';
import { aHold, anEntry, daysAfter, noon, someEntries } from './fixtures.ts';

const retention = fc.constantFrom('standard' as const, 'significant' as const, 'compliance' as const);
const selector = fc.constantFrom(
  { by: 'agent' as const, value: 'agt_a' },
  { by: 'domain' as const, value: 'product' },
  { by: 'subject' as const, value: 'decision/dec_2' },
  { by: 'task' as const, value: 'TASK-1' },
);
const entry = someEntries(1)
  .filter(({ length }) => length === 1)
  .map(([one]) => one ?? anEntry());

describe('expiry', () => {
  it('[AUD-3] an entry expires when the days of its class are over, not before', () => {
    fc.assert(
      fc.property(retention, fc.integer({ min: 0, max: 3_000 * 86_400 }), (kept, age) => {
        const now = new Date(noon.getTime() + age * 1_000);
        expect(isExpired(anEntry({ retention: kept }), now)).toBe(age >= retentionDays[kept] * 86_400);
      }),
    );
  });

  it('[AUD-3] the classes are 90 days, a year and seven years', () => {
    expect(retentionDays).toEqual({ standard: 90, significant: 365, compliance: 2_557 });
  });
});

describe('legal holds', () => {
  it('[AUD-3] an active hold keeps exactly what it selects within its range', () => {
    const day = fc.option(fc.integer({ min: -90, max: 1 }), { nil: null });
    fc.assert(
      fc.property(entry, selector, day, day, (one, selects, from, to) => {
        const at = (days: number | null) => (days === null ? null : daysAfter(days).toISOString());
        const hold = aHold({ selector: selects, from: at(from), to: at(to) });
        const selected = {
          agent: one.agent_id === 'agt_a',
          domain: one.domain === 'product',
          subject: one.subject === 'decision/dec_2',
          task: one.related_tasks.includes('TASK-1'),
        }[selects.by];
        const inRange = (!hold.from || one.timestamp >= hold.from) && (!hold.to || one.timestamp < hold.to);
        expect(covers(hold, one)).toBe(selected && inRange);
        expect(isKept(one, [hold], daysAfter(400))).toBe(selected && inRange);
        expect(isKept(one, [hold], noon)).toBe(true);
      }),
    );
  });

  it('[AUD-3] a released hold keeps nothing', () => {
    const released = release(aHold(), 'Settled', 'ann', noon);
    if (released.kind !== 'release') throw new Error('not released');
    expect(Hold.parse(released.next)).toMatchObject({ state: 'released', version: 2, released_by: 'ann' });
    expect(covers(released.next, anEntry())).toBe(false);
    expect(isKept(anEntry(), [released.next, aHold({ selector: { by: 'task', value: 'T' } })], daysAfter(91))).toBe(
      false,
    );
  });

  it('[AUD-3] is released once', () => {
    expect(release(aHold({ state: 'released' }), 'Again', 'ann', noon)).toEqual({
      kind: 'refuse',
      why: 'HoldReleased',
    });
  });

  it('[AUD-3] is placed as it was asked for', () => {
    const asked = NewHold.parse({
      selector: { by: 'task', value: 'TASK-1' },
      from: '2026-01-01T00:00:00Z',
      reason: ' Why ',
    });
    const hold = placed(asked, aHold().id, 'ann', noon);
    expect(Hold.parse(hold)).toMatchObject({ version: 1, state: 'active', reason: 'Why', to: null, placed_by: 'ann' });
  });

  it.each([
    { selector: { by: 'agent' }, reason: 'x' },
    { selector: { by: 'agent', value: 'agt_a', task: 'T' }, reason: 'x' },
    { selector: { by: 'agent', value: 'agt_a' }, reason: ' ' },
    {
      selector: { by: 'agent', value: 'agt_a' },
      reason: 'x',
      from: '2026-01-02T00:00:00Z',
      to: '2026-01-02T00:00:00Z',
    },
  ])('[AUD-3] refuses %j', (asked) => {
    expect(NewHold.safeParse(asked).success).toBe(false);
  });
});
