import '../unit/audit/quiet.ts';
import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CloudEvent } from '../../functions/shared/events.ts';
import { newId } from '../../functions/shared/ids.ts';
import { inParallel } from '../../functions/shared/in-parallel.ts';
import { environmentOf, Crash, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator } from '../support/organization.ts';
import { aProposal } from '../support/proposals.ts';
import { drain, queueBehind } from '../support/queues.ts';
import { coreHere } from '../support/slices.ts';
import { call, clientIdOf, eventually, importExample, world } from '../support/world.ts';

type Consumer = (event: SQSEvent, context: typeof lambdaContext) => Promise<SQSBatchResponse>;

/** What is cancelled here waits for nobody. */
const noWorkflow = { start: async () => {}, answer: async () => {} };

/** The approvals slice's consumer in this process, on a client that fails as told. */
async function consumerHere(fault: Fault = {}): Promise<(...events: CloudEvent[]) => Promise<string[]>> {
  await environmentOf('orchestra-local-approvals-consumer');
  const { approvalsConsumer } = await import('../../functions/approvals/consumer.ts');
  const { client } = faultyClient(fault);
  const consume = approvalsConsumer(await coreHere({ client }), noWorkflow) as unknown as Consumer;
  return async (...events) => {
    const Records = events.map((detail, index) => ({
      messageId: `message-${index}`,
      body: JSON.stringify({ detail }),
    }));
    const { batchItemFailures } = await consume({ Records } as unknown as SQSEvent, lambdaContext);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
}

const statusChanged = (agent: string, to: string, sequence = 2): CloudEvent => ({
  specversion: '1.0',
  id: newId(new Date()),
  source: '/orchestra/product/agent',
  type: 'orchestra.agent.status-changed.v1',
  subject: `agent/${agent}`,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  dataschema: 'urn:orchestra:schema:orchestra.agent.status-changed.v1',
  domain: 'product',
  sequence: String(sequence),
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  classification: 'internal',
  data: {
    agent_id: agent,
    domain: 'product',
    team: 'checkout',
    version: sequence,
    from: 'active',
    to,
    changed: [],
    concerns: ['product'],
  },
});

/** An agent with so many open escalations. */
async function anAgentWith(escalations: number): Promise<{ id: string; open: string[] }> {
  const { id: _, ...like } = agentOf('product');
  const id = `agt_con_${randomUUID()}`;
  const body = { ...like, id, client_id: clientIdOf('product-runtime') };
  expect(await call('POST', '/agents', { as: enterpriseOrchestrator, body })).toMatchObject({ status: 201 });
  const open = await inParallel(Array.from({ length: escalations }), 3, () => escalate(id));
  return { id, open };
}

async function escalate(as: string): Promise<string> {
  const { body, text } = await call('POST', '/decisions', { as, body: aProposal('scope_change') });
  expect(body.escalation_id, text).toEqual(expect.any(String));
  return body.escalation_id;
}

/** State and ledger of escalations: each `open 1` or `cancelled 2`, by its state and its number of entries. */
const states = (ids: readonly string[]): Promise<string[]> =>
  inParallel(ids, 3, async (id) => {
    const { body } = await call('GET', `/escalations/${id}`, { as: enterpriseOrchestrator });
    const entries = await itemsOf(`escalation/${id}`);
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
    return `${body.state} ${entries.length}`;
  });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('an event that is delivered', () => {
  it('[EVT-2] twice, one after the other, changes the state and the ledger once', async () => {
    const { id, open } = await anAgentWith(2);
    const deliver = await consumerHere();
    const event = statusChanged(id, 'retired');
    expect(await deliver(event)).toEqual([]);
    expect(await states(open)).toEqual(['cancelled 2', 'cancelled 2']);
    // Were the second delivery handled, it would cancel what was opened since.
    const later = await escalate(id);
    expect(await deliver(event, event)).toEqual([]);
    expect(await (await consumerHere())(event)).toEqual([]);
    expect(await states([...open, later])).toEqual(['cancelled 2', 'cancelled 2', 'open 1']);
  });

  it('[EVT-2] to ten functions at once changes the state and the ledger once', async () => {
    const { id, open } = await anAgentWith(3);
    const event = statusChanged(id, 'retired');
    const consumers = await Promise.all(Array.from({ length: 10 }, () => consumerHere()));
    const failures = await Promise.all(consumers.map((deliver) => deliver(event)));
    // One that lost the race to another may give its message back; delivered again, it finds the work done.
    const back = consumers.filter((_, index) => failures[index]?.length);
    expect((await Promise.all(back.map((deliver) => deliver(event)))).flat()).toEqual([]);
    expect(await states(open)).toEqual(['cancelled 2', 'cancelled 2', 'cancelled 2']);
  });

  it('[EVT-2] out of order, or with what does not concern it, ends in the same state', async () => {
    const { id, open } = await anAgentWith(1);
    const deliver = await consumerHere();
    const [paused, retired] = [statusChanged(id, 'paused', 2), statusChanged(id, 'retired', 3)];
    expect(await deliver(retired, paused)).toEqual([]);
    expect(await states(open)).toEqual(['cancelled 2']);
    expect(await deliver(paused, retired)).toEqual([]);
    expect(await states(open)).toEqual(['cancelled 2']);
    const { id: other, open: others } = await anAgentWith(1);
    expect(await deliver(statusChanged(other, 'paused'))).toEqual([]);
    expect(await states(others)).toEqual(['open 1']);
  });

  it('[EVT-2] [AUD-2] to a function that dies before or after its write is handled by the next delivery, once', async () => {
    const { id, open } = await anAgentWith(2);
    const event = statusChanged(id, 'retired');
    const dies = (when: 'before' | 'after'): Fault => ({
      [when]: ({ command }: { command: string }) =>
        command === 'TransactWriteItemsCommand' ? new Crash(`${when} the write`) : undefined,
    });
    expect(await (await consumerHere(dies('before')))(event)).toEqual(['message-0']);
    expect(await states(open)).toEqual(['open 1', 'open 1']);
    expect(await (await consumerHere(dies('after')))(event)).toEqual(['message-0']);
    expect(await states(open)).toEqual(['cancelled 2', 'cancelled 2']);
    expect(await (await consumerHere())(event)).toEqual([]);
    expect(await states(open)).toEqual(['cancelled 2', 'cancelled 2']);
  });

  it('[EVT-2] for more than one transaction holds is handled whole, also when it breaks off between two', async () => {
    const { id, open } = await anAgentWith(20);
    const event = statusChanged(id, 'retired');
    let writes = 0;
    const second: Fault = {
      before: ({ command }) => {
        if (command === 'TransactWriteItemsCommand') writes += 1;
        return writes === 2 ? new Crash('between two transactions') : undefined;
      },
    };
    expect(await (await consumerHere(second))(event)).toEqual(['message-0']);
    const half = await states(open);
    expect(half.filter((one) => one === 'cancelled 2')).toHaveLength(15);
    expect(half.filter((one) => one === 'open 1')).toHaveLength(5);
    expect(await (await consumerHere())(event)).toEqual([]);
    expect(new Set(await states(open))).toEqual(new Set(['cancelled 2']));
  });

  it('[EVT-2] beside one that cannot be read is handled; only the other is given back', async () => {
    const { id, open } = await anAgentWith(1);
    const deliver = await consumerHere();
    const broken = { ...statusChanged(id, 'retired'), data: { agent_id: 7 } };
    expect(await deliver(broken, statusChanged(id, 'retired'))).toEqual(['message-0']);
    expect(await states(open)).toEqual(['cancelled 2']);
  });
});

describe('a message that nobody can handle', () => {
  it('[EVT-2] ends in the dead letters after five attempts, and holds up no other', async () => {
    const sqs = (world(), new SQSClient({}));
    const { url, letters } = await queueBehind('approvals-consumer');
    await drain(letters);
    const { id, open } = await anAgentWith(1);
    const poison = JSON.stringify({ detail: { type: 'orchestra.agent.status-changed.v1', run: id } });
    // Between two attempts a message rests for as long as the queue hides it, which is three minutes.
    const hides = (seconds: number) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { VisibilityTimeout: String(seconds) } }));
    await hides(1);
    try {
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: poison }));
      const good = JSON.stringify({ detail: statusChanged(id, 'retired') });
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: good }));
      await eventually('the good one is handled', async () => (await itemsOf(`escalation/${open[0]}`))[1]);
      const dead = async () => (await drain(letters)).find((body) => body === poison);
      expect(await eventually('the poison is in the dead letters', dead, 40)).toBe(poison);
    } finally {
      await hides(180);
    }
    expect(await states(open)).toEqual(['cancelled 2']);
  }, 90_000);
});
