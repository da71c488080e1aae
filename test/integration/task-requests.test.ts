import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { meter } from '../bench/requests.ts';
import { discrepancies, limitDiscrepancies, loadDiscrepancies } from '../support/consistency.ts';
import { orchestratorOf } from '../support/organization.ts';
import { type ApiHandler, ask, workloadHere } from '../support/slices.ts';
import { aCrew } from '../support/tasks.ts';
import { importExample, world } from '../support/world.ts';

const orchestrator = orchestratorOf('product');

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

type Asked = { as: string; body?: object };

/** The slice in this process, and what each call asked of DynamoDB; permits of the rate limit are leased beside the read. */
async function counted(team: string) {
  world();
  const client = new DynamoDBClient({});
  const seen = meter(client);
  const handler = await workloadHere({ client });
  return async (status: number, path: string, { as, body }: Asked) => {
    const isLeader = as === orchestrator;
    // As the authorizer says where a principal is at home, which saves a second read.
    const home = { domain: 'product', ...(isLeader ? {} : { team }) };
    const vouched: ApiHandler = (event, context) => {
      Object.assign(event.requestContext.authorizer ?? {}, home);
      return handler(event, context);
    };
    const runtime = isLeader ? 'orchestration' : 'product-runtime';
    seen.requests();
    const answer = await ask(vouched, 'POST', path, { as, runtime, body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    const commands = seen.requests().map(({ command }) => command);
    return { ...answer, commands: commands.filter((command) => command !== 'UpdateItemCommand') };
  };
}

const readAndWrite = ['BatchGetItemCommand', 'TransactWriteItemsCommand'];

describe('the course of a task', () => {
  it('[WRK-7] costs a read and a transaction for each step, and a query for the best fit', async () => {
    const { team, agents } = await aCrew(3);
    const request = await counted(team);
    const body = { title: 'Raise the connection pool', team, budget: { tokens: 100 }, topic: 'checkout-api' };
    const created = await request(201, '/tasks', { as: orchestrator, body });
    expect(created.commands).toEqual(readAndWrite);
    const path = `/tasks/${created.body.id}`;
    const skills = [{ name: 'typescript', proficiency: 4 }];
    const ranked = { as: orchestrator, body: { title: 'For the best', team, required_skills: skills } };
    const { id } = (await request(201, '/tasks', ranked)).body;
    const best = await request(200, `/tasks/${id}/assignment`, { as: orchestrator, body: {} });
    expect(best.commands).toEqual(['BatchGetItemCommand', 'QueryCommand', 'TransactWriteItemsCommand']);
    const [as = ''] = agents;
    const named = await request(200, `${path}/assignment`, { as: orchestrator, body: { agent: as } });
    expect(named.commands).toEqual(readAndWrite);
    const claim = await request(201, `${path}/claims`, { as });
    expect(claim.commands).toEqual(readAndWrite);
    const { token } = claim.body;
    const beat = await request(200, `${path}/heartbeats`, { as, body: { token } });
    expect(beat.commands).toEqual(readAndWrite);
    const start = await request(200, `${path}/start`, { as, body: { token } });
    expect(start.commands).toEqual(readAndWrite);
    const done = { token, result: 'Done.', actual: { tokens: 70 } };
    const completed = await request(200, `${path}/completion`, { as, body: done });
    expect(completed.commands).toEqual(readAndWrite);
  });

  it('[WRK-7] costs no more when a claim is given back, or fails', async () => {
    const { team, agents } = await aCrew(1);
    const request = await counted(team);
    const [as = ''] = agents;
    const body = { title: 'Raise the connection pool', team };
    const { id } = (await request(201, '/tasks', { as, body })).body;
    for (const [action, reason] of [
      ['release', 'No time.'],
      ['failure', 'It cannot be done.'],
    ]) {
      const { token } = (await request(201, `/tasks/${id}/claims`, { as })).body;
      const ended = await request(200, `/tasks/${id}/${action}`, { as, body: { token, reason } });
      expect(ended.commands, action).toEqual(readAndWrite);
    }
  });

  it('[WRK-4] [LIM-3] leaves loads, leases, limits and entries as the tasks say', async () => {
    for (const judge of [loadDiscrepancies, limitDiscrepancies, discrepancies]) {
      const { compared, found } = await judge();
      expect(found).toEqual([]);
      expect(compared).toBeGreaterThan(0);
    }
  });
});
