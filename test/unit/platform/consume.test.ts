import '../audit/quiet.ts';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { consume, consumedKey, type Delivery, on } from '../../../functions/shared/consume.ts';
import type { Commit } from '../../../functions/shared/commit.ts';
import { defineEvent } from '../../../functions/shared/contract.ts';
import { Problem } from '../../../functions/shared/errors.ts';
import { cloudEventOf } from '../../../functions/shared/events.ts';
import type { Core } from '../../../functions/shared/runtime.ts';
import { memoryTable } from '../audit/memory-table.ts';
import { anItem, noon } from '../audit/fixtures.ts';

const renamed = defineEvent('orchestra.thing.renamed.v1', 'A thing was renamed.', z.object({ name: z.string() }));

/** A core over a state table in memory; its commit refuses what exists, as the real one does. */
function aCore() {
  const state = memoryTable('state');
  const committed: Parameters<Commit>[] = [];
  const commit: Commit = async (change, context) => {
    for (const write of change.writes) {
      if (write.kind === 'create' && (await state.getMany([write.key]))[0])
        throw new Problem('AlreadyExists', 'exists');
    }
    for (const write of change.writes) if ('item' in write) state.add({ ...write.item, ...write.key });
    committed.push([change, context]);
    return [];
  };
  return { core: { state, commit, now: () => noon } as unknown as Core, state, committed };
}

const anEvent = (over: object = {}) => ({
  ...cloudEventOf(anItem({}, { type: renamed.type, data: { name: 'new', added_later: true } })),
  ...over,
});
const messages = (...bodies: string[]): SQSEvent =>
  ({ Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })) }) as SQSEvent;
const message = (event: object): string => JSON.stringify({ version: '0', 'detail-type': renamed.type, detail: event });

function aConsumer(core: Core, handle: (name: string, delivery: Delivery) => Promise<void>) {
  const subscriptions = [on(renamed, ({ data }, delivery) => handle(data.name, delivery))];
  const handler = consume('things', subscriptions, core);
  return (event: SQSEvent): Promise<SQSBatchResponse> => handler(event, {} as Context);
}

const nothing = { writes: [], entries: [] };

describe('consume', () => {
  it('[EVT-2] hands over what the type declares, and tolerates what was added to it', async () => {
    const { core, committed, state } = aCore();
    const names: string[] = [];
    const deliver = aConsumer(core, async (name, { commit }) => {
      names.push(name);
      await commit(nothing);
    });
    const event = anEvent({ extension: 'new' });
    expect(await deliver(messages(message(event)))).toEqual({ batchItemFailures: [] });
    expect(names).toEqual(['new']);
    expect((await state.getMany([consumedKey('things', event.id)]))[0]).toMatchObject({ type: renamed.type });
    expect(committed[0]?.[1]).toMatchObject({
      actor: 'orchestra_things',
      trace: { traceId: event.traceparent.slice(3, 35) },
    });
  });

  it('[EVT-2] a second delivery of the same event changes nothing, also in the same batch', async () => {
    const { core, committed } = aCore();
    const deliver = aConsumer(core, (_, { commit }) => commit(nothing));
    const event = message(anEvent());
    await deliver(messages(event, event));
    expect(await deliver(messages(event))).toEqual({ batchItemFailures: [] });
    expect(committed).toHaveLength(1);
  });

  it('[EVT-2] of two deliveries at once one changes something, and neither fails', async () => {
    const { core, committed } = aCore();
    const deliver = aConsumer(core, async (_, { commit }) => {
      await new Promise((resume) => setImmediate(resume));
      await commit(nothing);
    });
    const event = messages(message(anEvent()));
    const answers = await Promise.all([deliver(event), deliver(event)]);
    expect(answers).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
    expect(committed).toHaveLength(1);
  });

  it('[EVT-2] gives back only what it could not handle', async () => {
    const { core } = aCore();
    const deliver = aConsumer(core, async (name) => {
      if (name === 'bad') throw new Error('cannot');
    });
    const bodies = [message(anEvent()), 'no json', message({ ...anEvent(), type: 'orchestra.thing.lost.v1' })];
    const bad = message({ ...anEvent(), data: { name: 'bad' } });
    const failures = (await deliver(messages(...bodies, bad, message(anEvent())))).batchItemFailures;
    expect(failures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m1', 'm2', 'm3']);
  });

  it('[EVT-2] a record of its own that exists already is not taken for a repetition', async () => {
    const { core } = aCore();
    const deliver = aConsumer(core, async () => {
      throw new Problem('AlreadyExists', 'some other record');
    });
    expect((await deliver(messages(message(anEvent())))).batchItemFailures).toHaveLength(1);
  });
});
