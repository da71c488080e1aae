import type { EventBridgeClient, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventSource } from '../shared/events.ts';
import { count, logger } from '../shared/telemetry.ts';
import { type Buses, type Outgoing, planWaves, readItem } from './relay-model.ts';
import type { StreamChange } from './stream.ts';

/** Puts events on their buses in one call; answers the error of each, undefined where there was none. */
export type PutEvents = (events: readonly Outgoing[]) => Promise<(string | undefined)[]>;
export type RelayDeps = { put: PutEvents; wait: (milliseconds: number) => Promise<unknown>; buses: Buses };

const retries = 3;
const backoff = (turn: number): number => 50 * 2 ** turn;

/**
 * Publishes the entries of a batch: at least once, in order per subject. What a call refuses is tried again alone; while
 * it fails, later events of its subject stay behind it. A record that no event can be made of holds up nobody: it is
 * reported as failed, so that in the end the event source takes it to the dead letters.
 * @returns positions of the records that are not published
 */
export async function relay(changes: readonly StreamChange[], deps: RelayDeps): Promise<Set<string>> {
  const failed = new Set<string>();
  const outgoing: Outgoing[] = [];
  for (const change of changes.filter(({ name }) => name === 'INSERT')) {
    const reading = readItem(change.after ?? { kind: 'entry' }, change.position, deps.buses);
    if (reading.kind === 'event') outgoing.push(...reading.outgoing);
    if (reading.kind !== 'poison') continue;
    failed.add(change.position);
    logger.error('record cannot be published', { position: change.position, id: change.after?.id, why: reading.why });
  }
  count('PoisonRecords', failed.size);
  const unpublished = await publish(outgoing, deps);
  const published = new Set(outgoing.map(({ position }) => position)).size - unpublished.size;
  count('EventsPublished', published);
  count('PublishFailures', unpublished.size);
  logger.info('batch relayed', { published, unpublished: unpublished.size, poison: failed.size });
  return new Set([...failed, ...unpublished]);
}

async function publish(outgoing: readonly Outgoing[], deps: RelayDeps): Promise<Set<string>> {
  const failed = new Set<string>();
  const waiting = new Set<string>();
  for (const wave of planWaves(outgoing)) {
    const ready = wave.filter(({ subject }) => !waiting.has(subject));
    const out = new Set(await sent(ready, deps));
    for (const event of wave.filter((one) => !out.has(one))) {
      failed.add(event.position);
      waiting.add(event.subject);
    }
  }
  return failed;
}

/** Those that are on their bus. */
async function sent(events: readonly Outgoing[], deps: RelayDeps): Promise<Outgoing[]> {
  if (events.length === 0) return [];
  const errors = await attempt(events, deps);
  const again = async (event: Outgoing, index: number): Promise<boolean> =>
    errors[index] === undefined || retried(event, deps);
  const good = await Promise.all(events.map(again));
  return events.filter((_, index) => good[index]);
}

async function retried(event: Outgoing, deps: RelayDeps): Promise<boolean> {
  let error: string | undefined;
  for (let turn = 0; turn < retries; turn += 1) {
    await deps.wait(backoff(turn));
    [error] = await attempt([event], deps);
    if (error === undefined) return true;
  }
  logger.error('event not published', { id: event.event.id, type: event.event.type, bus: event.bus, why: error });
  return false;
}

/** A call that fails as a whole has failed for each of its events. */
async function attempt(events: readonly Outgoing[], { put }: RelayDeps): Promise<(string | undefined)[]> {
  try {
    return await put(events);
  } catch (error) {
    return events.map(() => (error as Error).name);
  }
}

const entryOf = ({ bus, event }: Outgoing): PutEventsRequestEntry => ({
  EventBusName: bus,
  Source: eventSource,
  DetailType: event.type,
  Time: new Date(event.time),
  Detail: JSON.stringify(event),
});

/** EventBridge as the relay uses it. */
export const putOn =
  (client: EventBridgeClient): PutEvents =>
  async (events) => {
    const reply = await client.send(new PutEventsCommand({ Entries: events.map(entryOf) }));
    // Success of the call says nothing about its entries: each has an answer of its own, in the same order.
    return events.map((_, index) => {
      const answer = reply.Entries?.[index];
      return answer?.EventId ? undefined : (answer?.ErrorCode ?? 'NoAnswer');
    });
  };
