import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { slices } from '../../bin/generate/catalogue.ts';
import { CloudEvent } from '../../functions/shared/events.ts';

const root = join(import.meta.dirname, '..', '..');
const frozen = join(import.meta.dirname, 'fixtures', 'events');
const events = slices.flatMap((slice) => slice.events);
const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

describe('every event type', () => {
  it('[EVT-3] has a frozen fixture, and every fixture has its type', () => {
    const fixtures = readdirSync(frozen).map((name) => name.replace(/\.json$/, ''));
    const declared = events.map(({ type }) => type);
    expect(declared.length).toBeGreaterThan(20);
    expect(fixtures.toSorted((a, b) => a.localeCompare(b))).toEqual(declared.toSorted((a, b) => a.localeCompare(b)));
  });

  it.each(events)('[EVT-3] $type: its fixture parses, and validates against the published schema', ({ type, data }) => {
    const event = CloudEvent.parse(json(join(frozen, `${type}.json`)));
    expect(event.type).toBe(type);
    expect(data.parse(event.data)).toEqual(event.data);
    const ajv = new Ajv2020({ strict: false });
    (addFormats as unknown as (on: Ajv2020) => void)(ajv);
    const validate = ajv.compile(json(join(root, 'docs', 'events', `${type}.schema.json`)));
    expect(validate(event.data), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...event.data, concerns: 'nobody' })).toBe(false);
  });

  it.each(events)('[EVT-3] $type: a reader of today takes a field of tomorrow', ({ type, data }) => {
    const event = json(join(frozen, `${type}.json`));
    const later = { ...event, dataversion: '2', data: { ...(event.data as object), added_later: true } };
    expect(data.safeParse(CloudEvent.parse(later).data).success).toBe(true);
  });
});

describe('the AsyncAPI document', () => {
  it('[EVT-3] is valid AsyncAPI 3, and has every event type', async () => {
    const { document, diagnostics } = await new Parser().parse(
      readFileSync(join(root, 'docs', 'asyncapi.json'), 'utf8'),
    );
    const errors = diagnostics.filter(({ severity }) => `${severity}` === '0');
    expect(errors).toEqual([]);
    const names = document
      ?.messages()
      .all()
      .map((message) => message.name());
    expect(new Set(names)).toEqual(new Set(events.map(({ type }) => type)));
  });
});
