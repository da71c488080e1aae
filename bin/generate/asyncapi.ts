import { z } from 'zod';
import type { EventType } from '../../functions/shared/contract.ts';
import type { Slice } from './catalogue.ts';

type Json = Record<string, unknown>;

/** JSON Schema that stands alone: what zod puts under `$defs` is written where it is used. */
function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Json;
  const definitions = ($defs ?? {}) as Record<string, Json>;
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, ...fields } = value as Json;
    const named = typeof $ref === 'string' ? definitions[$ref.replace('#/$defs/', '')] : undefined;
    if (named) return inline({ ...named, ...fields });
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inline(one)]));
  };
  return inline(rest) as Json;
}

/** JSON Schema of an event's `data`. Readers tolerate new fields, so none is closed. */
export function eventSchema(event: EventType): Json {
  const open = JSON.parse(JSON.stringify(jsonSchema(event.data)), (key, value) =>
    key === 'additionalProperties' && value === false ? undefined : value,
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:orchestra:schema:${event.type}`,
    ...open,
  };
}

/** The CloudEvent 1.0 that carries an event in EventBridge `detail`. */
const envelope = (event: EventType) => ({
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'domain', 'sequence', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', description: 'Audit entry that the event was recorded in; consumers are idempotent on it.' },
    source: { type: 'string' },
    type: { const: event.type },
    subject: { type: 'string' },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { const: 'application/json' },
    dataschema: { const: `urn:orchestra:schema:${event.type}` },
    domain: { type: 'string' },
    sequence: { type: 'string', description: 'Position within the subject.' },
    classification: { enum: ['public', 'internal', 'sensitive'] },
    traceparent: { type: 'string' },
    data: { $ref: `#/components/schemas/${event.type}` },
  },
});

/** The AsyncAPI 3 document of every event type, one channel for the domain buses and one for the enterprise bus. */
export function asyncApi(slices: readonly Slice[]) {
  const events = slices.flatMap((slice) => slice.events).toSorted((a, b) => a.type.localeCompare(b.type));
  const messages = Object.fromEntries(events.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }]));
  const channel = (address: string, description: string) => ({ address, description, messages });
  return {
    asyncapi: '3.0.0',
    info: { title: 'Enterprise Orchestra events', version: '1.0.0', license: { name: 'Apache-2.0' } },
    defaultContentType: 'application/json',
    channels: {
      domain: {
        ...channel('orchestra-{domain}', 'EventBridge bus of a domain.'),
        parameters: { domain: { description: 'Domain id.' } },
      },
      enterprise: channel('orchestra-enterprise', 'EventBridge bus of the enterprise: what concerns several domains.'),
    },
    operations: {
      publishToDomain: { action: 'send', channel: { $ref: '#/channels/domain' } },
      publishToEnterprise: { action: 'send', channel: { $ref: '#/channels/enterprise' } },
    },
    components: {
      messages: Object.fromEntries(
        events.map((event) => [event.type, { name: event.type, summary: event.summary, payload: envelope(event) }]),
      ),
      schemas: Object.fromEntries(
        events.map((event) => {
          const { $schema: _schema, $id: _id, ...schema } = eventSchema(event);
          return [event.type, schema];
        }),
      ),
    },
  };
}
