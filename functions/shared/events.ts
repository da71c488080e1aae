import * as z from 'zod';
import { Classification } from './contract.ts';
import { Timestamp } from './ids.ts';
import type { EntryItem } from './ledger.ts';

/**
 * CloudEvent 1.0 as it goes into EventBridge's `detail`. Attributes beyond the core are extensions, lower case as the
 * standard asks. Readers tolerate attributes that they do not know.
 */
export const CloudEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1).meta({ description: 'Id of the ledger entry; the same on every delivery.' }),
    source: z.string().min(1).meta({ example: '/orchestra/product/decision' }),
    type: z.string().min(1).meta({ example: 'orchestra.decision.allowed.v1' }),
    subject: z.string().min(1).meta({ description: 'What the event is about; events of one subject come in order.' }),
    time: Timestamp,
    datacontenttype: z.literal('application/json'),
    dataschema: z.string().min(1),
    domain: z.string().min(1).meta({ description: 'Domain that the event is from, or `enterprise`.' }),
    sequence: z
      .string()
      .regex(/^[1-9][0-9]*$/)
      .meta({ description: 'Position within the subject, from 1.' }),
    traceparent: z.string().min(1),
    classification: Classification,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'CloudEvent' });
export type CloudEvent = z.output<typeof CloudEvent>;

/** `source` of every event that the control plane puts on a bus. */
export const eventSource = 'orchestra';

/** The event of a ledger entry, as it is published. */
export function cloudEventOf(item: EntryItem): CloudEvent {
  const { type, data } = item.event;
  const noun = type.split('.')[1] ?? 'unknown';
  return {
    specversion: '1.0',
    id: item.id,
    source: `/orchestra/${item.domain}/${noun}`,
    type,
    subject: item.subject,
    time: item.timestamp,
    datacontenttype: 'application/json',
    dataschema: `urn:orchestra:schema:${type}`,
    domain: item.domain,
    sequence: String(item.sequence),
    traceparent: item.traceparent,
    classification: item.classification,
    data,
  };
}
