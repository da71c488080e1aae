import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  erasedText,
  type KeyOf,
  openText,
  type Place,
  Pseudonym,
  rewriteDetails,
  sealText,
  type SubjectKey,
  unreadableText,
} from '../../../functions/shared/sealed-text.ts';

const pseudonyms = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => `sub_${Buffer.from(bytes).toString('hex')}`);
const keys = fc.record({
  pseudonym: pseudonyms,
  generation: fc.integer({ min: 1, max: 999_999 }),
  bytes: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
});
const names = fc.stringMatching(/^[a-z0-9_/#]{1,20}$/);
const places = fc.record({ record: names, field: names });
const texts = fc.string({ unit: 'grapheme', maxLength: 200 });

const holding =
  (held: readonly SubjectKey[]): KeyOf =>
  (pseudonym, generation) =>
    held.find((key) => key.pseudonym === pseudonym && key.generation === generation)?.bytes ?? 'destroyed';

/** What is read, and how often something did not belong there. */
function opened(text: string, place: Place, ...held: SubjectKey[]): { text: string; unreadable: number } {
  let unreadable = 0;
  const read = openText(text, place, holding(held), () => {
    unreadable += 1;
  });
  return { text: read, unreadable };
}

describe('a sealed text', () => {
  it('[AUD-7] opens to what it was, in its place, and says nothing of it before', () => {
    fc.assert(
      fc.property(texts, keys, places, (text, key, place) => {
        const sealed = sealText(text, key, place);
        expect(sealed).toMatch(/^enc:v1:sub_[0-9a-f]{32}\.\d+:[A-Za-z0-9_-]+$/);
        // Hex and digits of its head and chance may hold a short one.
        if (text.length > 8) expect(sealed).not.toContain(text);
        expect(opened(sealed, place, key)).toEqual({ text, unreadable: 0 });
      }),
    );
  });

  it('[AUD-7] is never the same twice, so that equal texts cannot be told by their sealed forms', () => {
    fc.assert(
      fc.property(texts, keys, places, (text, key, place) => {
        expect(sealText(text, key, place)).not.toBe(sealText(text, key, place));
      }),
    );
  });

  it('[AUD-7] opens as part of a longer text, beside others', () => {
    fc.assert(
      fc.property(texts, texts, keys, keys, places, (one, other, key, second, place) => {
        const whole = `Outcome of: ${sealText(one, key, place)} (${sealText(other, second, place)})`;
        expect(opened(whole, place, key, second).text).toBe(`Outcome of: ${one} (${other})`);
      }),
    );
  });

  it('[AUD-7] does not open in another place: another record, or another field', () => {
    fc.assert(
      fc.property(texts, keys, places, places, (text, key, place, elsewhere) => {
        fc.pre(place.record !== elsewhere.record || place.field !== elsewhere.field);
        const sealed = sealText(text, key, place);
        expect(opened(sealed, elsewhere, key)).toEqual({ text: unreadableText, unreadable: 1 });
      }),
    );
  });

  it('[AUD-7] does not open once a bit of it is changed, or under the name of another subject or generation', () => {
    fc.assert(
      fc.property(texts, keys, places, fc.nat(), pseudonyms, (text, key, place, at, another) => {
        const sealed = sealText(text, key, place);
        const [head = '', data = ''] = sealed.split(/:(?=[^:]*$)/);
        const bytes = Buffer.from(data, 'base64url');
        const bit = at % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(opened(`${head}:${bytes.toString('base64url')}`, place, key).text).toBe(unreadableText);
        fc.pre(another !== key.pseudonym);
        const renamed = sealed.replace(key.pseudonym, another);
        expect(opened(renamed, place, { ...key, pseudonym: another }).text).toBe(unreadableText);
        const later = { ...key, generation: key.generation + 1 };
        expect(opened(sealed.replace(/\.\d+:/, `.${later.generation}:`), place, later).text).toBe(unreadableText);
      }),
    );
  });

  it('[AUD-7] does not open when it is cut short, to any length', () => {
    const key = { pseudonym: `sub_${'0'.repeat(32)}`, generation: 1, bytes: randomBytes(32) };
    const place = { record: 'dec_1', field: 'summary' };
    const [head = '', data = ''] = sealText('Jane Doe moved.', key, place).split(/:(?=[^:]*$)/);
    for (let length = 1; length < data.length; length += 1) {
      expect(opened(`${head}:${data.slice(0, length)}`, place, key).text, `${length}`).toBe(unreadableText);
    }
  });

  it('[AUD-7] is unreadable where its key is lost: nobody erased it, and nobody is told so', () => {
    fc.assert(
      fc.property(texts, keys, places, (text, key, place) => {
        const told: Place[] = [];
        expect(
          openText(
            sealText(text, key, place),
            place,
            () => 'lost',
            (at) => told.push(at),
          ),
        ).toBe(unreadableText);
        expect(told).toEqual([place]);
      }),
    );
  });

  it('[AUD-7] reads erased once its key is destroyed, and under a key of a later generation', () => {
    fc.assert(
      fc.property(texts, keys, places, (text, key, place) => {
        const sealed = sealText(text, key, place);
        expect(opened(sealed, place)).toEqual({ text: erasedText, unreadable: 0 });
        const later = { ...key, generation: key.generation + 1, bytes: randomBytes(32) };
        expect(opened(sealed, place, later)).toEqual({ text: erasedText, unreadable: 0 });
      }),
    );
  });

  it('[AUD-7] is opened once: what looks like a sealed text inside one is left as it was written', () => {
    fc.assert(
      fc.property(texts, keys, places, (text, key, place) => {
        const inner = sealText(text, key, place);
        expect(opened(sealText(inner, key, place), place, key).text).toBe(inner);
      }),
    );
  });

  it('[AUD-7] is told apart by its field in each text of the details', () => {
    const details = { context: 'c', options_considered: ['a', 'b'], decision: 'd', reasoning: 'r', outcome: 'o' };
    expect(rewriteDetails(details, (text, field) => `${field}=${text}`)).toEqual({
      context: 'context=c',
      options_considered: ['options_considered/0=a', 'options_considered/1=b'],
      decision: 'decision=d',
      reasoning: 'reasoning=r',
      outcome: 'o',
    });
  });
});

it('[AUD-7] a text without anything sealed is read as it is', () => {
  fc.assert(
    fc.property(texts, places, (text, place) => {
      expect(opened(text, place)).toEqual({ text, unreadable: 0 });
    }),
  );
  expect(Pseudonym.safeParse('customer-4711').success).toBe(false);
});
