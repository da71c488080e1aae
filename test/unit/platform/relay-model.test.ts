import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callLimits, planWaves, readItem } from '../../../functions/platform/relay-model.ts';
import { CloudEvent } from '../../../functions/shared/events.ts';
import { anItem, someEntries } from '../audit/fixtures.ts';

const events = fc.array(
  fc.record({
    subject: fc.constantFrom('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1', 'c/2', 'c/3', 'd/1', 'd/2', 'd/3', 'd/4'),
    bytes: fc.oneof(fc.integer({ min: 100, max: 2_000 }), fc.integer({ min: 1, max: callLimits.bytes })),
  }),
  { maxLength: 120 },
);

describe('planWaves', () => {
  it('[EVT-2] sends every event once, in order per subject, at most one of a subject in a call', () => {
    fc.assert(
      fc.property(events, (given) => {
        const waves = planWaves(given);
        expect(new Set(waves.flat())).toEqual(new Set(given));
        expect(waves.flat()).toHaveLength(given.length);
        for (const wave of waves) expect(new Set(wave.map(({ subject }) => subject)).size).toBe(wave.length);
        for (const subject of new Set(given.map((one) => one.subject))) {
          const of = (all: typeof given) => all.filter((one) => one.subject === subject);
          expect(waves.flatMap(of)).toEqual(of(given));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('[EVT-2] no call is larger than EventBridge takes', () => {
    fc.assert(
      fc.property(events, (given) => {
        for (const wave of planWaves(given)) {
          expect(wave.length).toBeGreaterThan(0);
          expect(wave.length).toBeLessThanOrEqual(callLimits.events);
          expect(wave.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(callLimits.bytes);
        }
      }),
    );
  });

  it('[EVT-2] fills its calls: 100 small events of as many subjects are ten calls', () => {
    const many = Array.from({ length: 100 }, (_, n) => ({ subject: `s/${n}`, bytes: 900 }));
    expect(planWaves(many)).toHaveLength(10);
  });
});

describe('readItem', () => {
  const buses = { product: 'bus-product', enterprise: 'bus-enterprise' };

  it('[EVT-1] makes a CloudEvent of every entry, on the bus of its domain or the enterprise', () => {
    fc.assert(
      fc.property(someEntries(3), (entries) => {
        for (const entry of entries) {
          const item = anItem(entry);
          const reading = readItem(item, '1', buses);
          expect(reading).toMatchObject({
            kind: 'event',
            outgoing: [
              {
                bus: entry.domain === 'product' ? 'bus-product' : 'bus-enterprise',
                subject: entry.subject,
                event: {
                  specversion: '1.0',
                  id: entry.id,
                  source: `/orchestra/${entry.domain}/decision`,
                  type: 'orchestra.decision.allowed.v1',
                  dataschema: 'urn:orchestra:schema:orchestra.decision.allowed.v1',
                  time: entry.timestamp,
                  sequence: String(entry.sequence),
                  traceparent: item.traceparent,
                  data: item.event.data,
                },
              },
            ],
          });
        }
      }),
    );
  });

  it.each([
    { domain: 'product', concerns: ['product'], on: ['bus-product'] },
    { domain: 'product', concerns: ['product', 'platform'], on: ['bus-product', 'bus-enterprise'] },
    { domain: 'product', concerns: ['enterprise'], on: ['bus-product', 'bus-enterprise'] },
    { domain: 'enterprise', concerns: ['product'], on: ['bus-enterprise'] },
    { domain: 'without-a-bus', concerns: ['product'], on: ['bus-enterprise'] },
  ])('[EVT-1] an event of $domain that concerns $concerns goes out on $on', ({ domain, concerns, on }) => {
    const item = anItem({ domain }, { type: 'orchestra.decision.allowed.v1', data: { concerns } });
    const reading = readItem(item, '1', buses);
    expect(reading.kind === 'event' && reading.outgoing.map(({ bus }) => bus)).toEqual(on);
  });

  it('[EVT-1] attribute names are as CloudEvents asks: lower-case letters and digits', () => {
    expect(Object.keys(CloudEvent.shape).every((name) => /^[a-z0-9]{1,20}$/.test(name))).toBe(true);
  });

  it('[EVT-2] passes by what is no entry, and what was put back and so published before', () => {
    expect(readItem({ kind: 'pointer' }, '1', buses)).toEqual({ kind: 'skip' });
    expect(readItem({ ...anItem(), restored_at: '2026-11-22T12:00:00.000Z' }, '1', buses)).toEqual({ kind: 'skip' });
  });

  it.each([
    ['has no event', { event: undefined }],
    ['has an event without data', { event: { type: 'orchestra.a.b.v1' } }],
    ['has no sequence', { sequence: undefined }],
    ['has no time', { timestamp: 'yesterday' }],
    ['is larger than a call', { event: { type: 'orchestra.a.b.v1', data: { text: 'x'.repeat(callLimits.bytes) } } }],
  ])('[EVT-2] an entry that %s is poison', (_, broken) => {
    expect(readItem({ ...anItem(), ...broken }, '1', buses)).toMatchObject({ kind: 'poison' });
  });
});
