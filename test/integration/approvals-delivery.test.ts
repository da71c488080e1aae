import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowOf } from '../../functions/shared/workflow.ts';
import { type CloudEvent, cloudEventOf } from '../../functions/shared/events.ts';
import { type Escalated, escalated, messagesAbout, voteOn } from '../support/approvals.ts';
import { Crash, environmentOf, type Fault, faultyClient, lambdaContext } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { agentOf, enterpriseOrchestrator, orchestratorOf } from '../support/organization.ts';
import { approvalsHere, ask, coreHere } from '../support/slices.ts';
import { executionsOf, untilStatus } from '../support/workflows.ts';
import { call, clientIdOf, importExample } from '../support/world.ts';

const agent = agentOf('platform').id;
const domain = orchestratorOf('platform');
const machineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:orchestra-local-escalation';

type Consumer = (event: SQSEvent, context: typeof lambdaContext) => Promise<SQSBatchResponse>;

/** The approvals slice's consumer in this process, on the deployed workflow. */
async function consumerHere(): Promise<(...events: CloudEvent[]) => Promise<string[]>> {
  await environmentOf('orchestra-local-approvals-consumer');
  const { approvalsConsumer } = await import('../../functions/approvals/consumer.ts');
  const consume = approvalsConsumer(await coreHere(), workflowOf(machineArn)) as unknown as Consumer;
  return async (...events) => {
    const Records = events.map((detail) => ({ messageId: randomUUID(), body: JSON.stringify({ detail }) }));
    const { batchItemFailures } = await consume({ Records } as unknown as SQSEvent, lambdaContext);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
}

const subjectOf = ({ escalation }: Escalated): string => `escalation/${escalation.id}`;
const eventsOf = async (asked: Escalated): Promise<CloudEvent[]> => (await itemsOf(subjectOf(asked))).map(cloudEventOf);
/** The same event once more, as something else put it on the bus: with another id. */
const again = (event: CloudEvent): CloudEvent => ({ ...event, id: randomUUID() });

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('events of an escalation', () => {
  it('[APR-4] delivered twice, in any order, start one workflow and wake the requester once', async () => {
    const asked = await escalated({ as: agent });
    expect(await voteOn(asked, domain)).toMatchObject({ status: 201 });
    const [opened, ended] = await eventsOf(asked);
    if (!opened || !ended) throw new Error('the escalation has not two events');
    const consumers = await Promise.all([consumerHere(), consumerHere()]);
    for (const deliver of consumers) {
      expect(await deliver(ended, opened, again(ended), again(opened), ended)).toEqual([]);
    }
    await untilStatus('escalation', asked.escalation.id, 'SUCCEEDED');
    expect(await executionsOf('escalation', asked.escalation.id)).toEqual([asked.escalation.id]);
    const messages = await messagesAbout(subjectOf(asked), agent);
    expect(messages).toMatchObject([{ kind: 'escalation_ended', approval: { state: 'approved' } }]);
    expect(await eventsOf(asked)).toHaveLength(2);
  });

  it('[APR-4] reach a requester that was moved to another domain, by event and inbox', async () => {
    const { id: _, ...like } = agentOf('product');
    const id = `agt_moved_${Date.now()}`;
    const client_id = clientIdOf('product-runtime');
    const made = await call('POST', '/agents', { as: enterpriseOrchestrator, body: { ...like, id, client_id } });
    expect(made.status, made.text).toBe(201);
    const asked = await escalated({ as: id });
    const moved = await call('PATCH', `/agents/${id}`, {
      as: enterpriseOrchestrator,
      headers: { 'if-match': made.headers.get('etag') ?? '' },
      body: { team: agentOf('operations').team },
    });
    expect(moved.status, moved.text).toBe(200);
    expect(await voteOn(asked, orchestratorOf('product'), 'return')).toMatchObject({ status: 201 });
    const ended = (await eventsOf(asked)).at(-1);
    expect(ended?.data.concerns).toEqual(['product', 'operations']);
    expect(await messagesAbout(subjectOf(asked), id)).toMatchObject([
      { kind: 'escalation_ended', approval: { state: 'returned' } },
    ]);
  });
});

describe('a crash while a vote closes', () => {
  const vote = async ({ escalation }: Escalated, fault: Fault, idempotencyKey: string) => {
    const { client, calls } = faultyClient(fault);
    const body = { vote: 'approve', reason: 'Yes.', request_digest: escalation.request_digest };
    const handler = await approvalsHere({ client });
    const path = `/escalations/${escalation.id}/votes`;
    const reply = await ask(handler, 'POST', path, { as: domain, runtime: 'orchestration', body, idempotencyKey });
    return { ...reply, calls };
  };

  it('[APR-4] [AUD-2] at any call leaves all of the end or none, and the repetition ends it once', async () => {
    const { calls } = await vote(await escalated({ as: agent }), {}, randomUUID());
    expect(calls.map(({ command }) => command)).toContain('TransactWriteItemsCommand');
    for (const when of ['before', 'after'] as const) {
      for (let point = 0; point < calls.length; point += 1) {
        const asked = await escalated({ as: agent });
        const key = randomUUID();
        const fault: Fault = { [when]: ({ nth }: { nth: number }) => (nth === point ? new Crash(when) : undefined) };
        expect((await vote(asked, fault, key)).status, `${when} ${point}`).toBeGreaterThanOrEqual(500);
        const [events, messages] = [await eventsOf(asked), await messagesAbout(subjectOf(asked), agent)];
        expect(events.length - 1, `${when} ${point}`).toBe(messages.length);
        expect((await vote(asked, {}, key)).status, `${when} ${point}`).toBe(201);
        expect((await eventsOf(asked)).map(({ type }) => type.split('.')[2])).toEqual(['opened', 'approved']);
        expect(await messagesAbout(subjectOf(asked), agent)).toHaveLength(1);
      }
    }
  });
});
