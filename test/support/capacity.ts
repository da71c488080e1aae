import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { capacityRoutes } from '../../functions/workload/capacity-contract.ts';
import { supplyStore } from '../../functions/workload/capacity-store.ts';
import { demandStore } from '../../functions/workload/demand-store.ts';
import { demandOf } from '../../functions/workload/demand.ts';
import { capacityBindings } from '../../functions/workload/operations/report-capacity.ts';
import { workloadStore } from '../../functions/workload/store.ts';
import { consume } from '../../functions/shared/consume.ts';
import { ApiEnv, readEnv } from '../../functions/shared/env.ts';
import type { CloudEvent } from '../../functions/shared/events.ts';
import { newId } from '../../functions/shared/ids.ts';
import { coreFrom, runtimeFrom } from '../../functions/shared/runtime.ts';
import { serve } from '../../functions/shared/serve.ts';
import { environmentOf, lambdaContext } from './in-process.ts';
import { type ApiHandler, coreHere } from './slices.ts';

/** The routes of capacity in this process. */
export async function capacityHere(given: { client?: DynamoDBClient; now?: () => Date } = {}): Promise<ApiHandler> {
  const env = readEnv(ApiEnv, await environmentOf('orchestra-local-workload-api'));
  const runtime = runtimeFrom(env, coreFrom(env, given.client, given.now));
  const { state } = runtime;
  const deps = { store: workloadStore(state), demands: demandStore(state), supplies: supplyStore(state) };
  return serve('workload', capacityRoutes, capacityBindings(deps), runtime);
}

type Consumer = (event: SQSEvent, context: typeof lambdaContext) => Promise<SQSBatchResponse>;

/** What counts demand, in this process; answers with the messages that it gave back. */
export async function demandHere(client?: DynamoDBClient): Promise<(...events: CloudEvent[]) => Promise<string[]>> {
  const core = await coreHere(client ? { client } : {});
  const consumer = consume('workload', demandOf(demandStore(core.state)), core) as unknown as Consumer;
  return async (...events) => {
    const Records = events.map((detail, at) => ({ messageId: `message-${at}`, body: JSON.stringify({ detail }) }));
    const { batchItemFailures } = await consumer({ Records } as unknown as SQSEvent, lambdaContext);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
}

/** The event of a task of a domain that came, or that is done, at some time. */
export function taskEvent(
  of: 'created' | 'completed',
  given: { domain: string; at: Date; minutes?: number; skills?: readonly string[]; task?: string },
): CloudEvent {
  const { domain, at, minutes = 60, skills = [], task = `task_${randomUUID()}` } = given;
  const type = `orchestra.task.${of}.v1`;
  return {
    specversion: '1.0',
    id: newId(new Date()),
    source: `/orchestra/${domain}/task`,
    type,
    subject: `task/${task}`,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:orchestra:schema:${type}`,
    domain,
    sequence: '1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    classification: 'internal',
    data: {
      task_id: task,
      domain,
      team: 'checkout',
      state: of === 'created' ? 'queued' : 'done',
      priority: 'normal',
      skills,
      topic: null,
      estimate_minutes: minutes,
      due_at: null,
      assignee: null,
      concerns: [domain],
      ...(of === 'completed' ? { agent: 'agt_1', minutes } : {}),
    },
  };
}
