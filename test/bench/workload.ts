import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readEnv } from '../../functions/shared/env.ts';
import { type Core, coreFrom, runtimeFrom } from '../../functions/shared/runtime.ts';
import { continueTrace } from '../../functions/shared/trace.ts';
import { candidateStore } from '../../functions/workload/candidate-store.ts';
import { WorkloadApiEnv } from '../../functions/workload/env.ts';
import { reindex } from '../../functions/workload/following.ts';
import { type ApiHandler, apiEvent, type Caller, lambdaContext } from './events.ts';
import type { World } from './worlds.ts';

/** An answer, its body parsed: what it is depends on the route. */
// oxlint-disable-next-line typescript/no-explicit-any -- each figure knows which route it asked
export type Answer = { status: number; body: any };

export type WorkloadBench = {
  ask: (as: Caller, method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>;
  /** The same for an answer that must have a status. */
  must: (status: number, ...asked: Parameters<WorkloadBench['ask']>) => Promise<Answer['body']>;
  /** Brings the index of candidates up with an agent, as the consumer does when it hears of what changed. */
  followed: (agent: string) => Promise<void>;
  core: Core;
};

type Given = { client?: DynamoDBClient; leaseSeconds?: number };

/** The workload function's own handler, on the tables of a world or, without one, on the deployed ones. */
export async function workloadBench(
  world: Pick<World, 'state' | 'ledger'> | undefined,
  env: Record<string, string>,
  { client = new DynamoDBClient({}), leaseSeconds }: Given = {},
): Promise<WorkloadBench> {
  const bound = { ...env, ...(world ? { STATE_TABLE: world.state, LEDGER_TABLE: world.ledger } : {}) };
  // The entry reads its environment when it is loaded, though its own handler is not what is called here.
  Object.assign(process.env, bound);
  const { workloadApi } = await import('../../functions/workload/api.ts');
  const read = readEnv(WorkloadApiEnv, bound);
  const runtime = runtimeFrom(read, coreFrom(read, client));
  const handler = workloadApi(leaseSeconds ?? read.LEASE_SECONDS, runtime) as unknown as ApiHandler;
  const ask: WorkloadBench['ask'] = async (as, method, path, body) => {
    const { statusCode, body: text } = await handler(apiEvent({ as, method, path: `/v1${path}`, body }), lambdaContext);
    return { status: statusCode, body: JSON.parse(text) };
  };
  // What is not measured goes through a client of its own.
  const core = coreFrom(read);
  const context = { actor: 'bench', trace: continueTrace(undefined) };
  return {
    ask,
    must: async (status, ...asked) => {
      const answer = await ask(...asked);
      if (answer.status === status) return answer.body;
      throw new Error(`${asked[2]}: expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`);
    },
    followed: (agent) =>
      reindex({ candidates: candidateStore(core.state), now: core.now }, [agent], (change) =>
        core.commit(change, { ...context, now: core.now() }),
      ),
    core,
  };
}
