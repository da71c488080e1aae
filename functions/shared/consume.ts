import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { addSeconds, epochSeconds } from './clock.ts';
import type { Change } from './commit.ts';
import type { EventType } from './contract.ts';
import type { Key, Write } from './dynamo.ts';
import { Problem } from './errors.ts';
import { CloudEvent } from './events.ts';
import type { Core } from './runtime.ts';
import { count, logger, observed } from './telemetry.ts';
import { continueTrace, type Trace } from './trace.ts';

/** What a consumer is given with an event. */
export type Delivery = {
  now: Date;
  trace: Trace;
  /**
   * Writes the change together with the record that the event was consumed, so that a second delivery changes nothing.
   * One per delivery, and the last thing that it does.
   */
  commit: (change: Change) => Promise<void>;
};

/** One event type, and what is done about an event of it. Made by `on`. */
export type Subscription = { type: string; run: (event: CloudEvent, delivery: Delivery) => Promise<void> };

/** What a handler is given of an event that is the same for every type. */
type Attributes = Pick<CloudEvent, 'id' | 'type' | 'subject' | 'time' | 'domain' | 'sequence'>;

/** Subscribes to an event type; the handler sees `data` as the type declares it. */
export const on = <T extends string, D extends z.ZodType>(
  { type, data }: EventType<T, D>,
  handle: (event: Attributes & { data: z.output<D> }, delivery: Delivery) => Promise<void>,
): Subscription => ({ type, run: (event, delivery) => handle({ ...event, data: data.parse(event.data) }, delivery) });

/** Records of consumed events outlive the queues (14 days) and a replay of the recent past. */
const rememberedSeconds = 90 * 86_400;

export const consumedKey = (slice: string, eventId: string): Key => ({
  pk: `${slice}#consumed#${eventId}`,
  sk: 'event',
});

const Message = z.object({ detail: CloudEvent });

/**
 * Lambda handler of events that come from the buses through SQS. Each message stands alone: one that cannot be read or
 * handled is given back to the queue, and after its attempts goes to the dead letters. Idempotent on the CloudEvent id.
 * @param slice first part of the slice's keys
 */
export const consume = (slice: string, subscriptions: readonly Subscription[], core: Core) =>
  observed<SQSEvent, SQSBatchResponse>(async ({ Records }) => {
    const failed: string[] = [];
    for (const record of Records) {
      if (!(await consumed(slice, subscriptions, core, record))) failed.push(record.messageId);
    }
    count('EventsConsumed', Records.length - failed.length);
    count('EventsFailed', failed.length);
    logger.info('events consumed', { consumed: Records.length - failed.length, failed: failed.length });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });

async function consumed(slice: string, subscriptions: readonly Subscription[], core: Core, record: SQSRecord) {
  try {
    const { detail } = Message.parse(JSON.parse(record.body));
    const subscription = subscriptions.find(({ type }) => type === detail.type);
    if (!subscription) throw new Error(`nothing here consumes ${detail.type}`);
    await once(slice, subscription, core, detail);
    return true;
  } catch (error) {
    logger.error('event not consumed', { message_id: record.messageId, error: error as Error });
    return false;
  }
}

async function once(slice: string, subscription: Subscription, core: Core, event: CloudEvent): Promise<void> {
  const now = core.now();
  const key = consumedKey(slice, event.id);
  const isDone = async (): Promise<boolean> => (await core.state.getMany([key]))[0] !== undefined;
  if (await isDone()) return;
  const ttl = epochSeconds(addSeconds(now, rememberedSeconds));
  const done: Write = { kind: 'create', key, item: { type: event.type, ttl } };
  const context = { actor: `orchestra_${slice}`, now, trace: continueTrace(event.traceparent) };
  const commit = async ({ writes, entries }: Change): Promise<void> => {
    await core.commit({ writes: [done, ...writes], entries }, context);
  };
  try {
    await subscription.run(event, { now, trace: context.trace, commit });
  } catch (error) {
    // Another delivery was quicker. Any other record that exists already is the consumer's own affair.
    if (error instanceof Problem && error.code === 'AlreadyExists' && (await isDone())) return;
    throw error;
  }
}
