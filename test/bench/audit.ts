import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { AuditApiEnv } from '../../functions/audit/env.ts';
import { readEnv } from '../../functions/shared/env.ts';
import { coreFrom, runtimeFrom } from '../../functions/shared/runtime.ts';
import { type ApiHandler, apiEvent, lambdaContext, mustBe, operator } from './events.ts';
import { selectors } from './population.ts';
import { quietly } from './quiet.ts';
import { atMost, type Figure } from './report.ts';
import { meter, readUnits } from './requests.ts';
import { sum } from './statistics.ts';
import type { World } from './worlds.ts';

type Env = Record<string, string>;
type By = keyof typeof selectors;
type Cost = { requests: number; units: number };

/** Pages read for each selector, following the cursors. */
const pages = 3;
const limit = 25;

/** What pages of the audit trail ask of DynamoDB where there are few entries, and where there are many. */
export async function auditFigures(few: World, many: World, env: Env): Promise<Figure[]> {
  const [small, large] = [await quietly(() => costs(few, env)), await quietly(() => costs(many, env))];
  const bys = Object.keys(selectors) as By[];
  const ratio = (of: keyof Cost): number => Math.max(...bys.map((by) => large[by][of] / small[by][of]));
  const sizes = `${many.size.toLocaleString('en-US')} entries, against the same with ${few.size.toLocaleString('en-US')}`;
  const against = (what: string): string =>
    `${what} for ${pages} pages of ${limit} through the function's handler with ${sizes}; the worst of agent, domain, subject and task.`;
  const mean = (by: By, of: keyof Cost): number => large[by][of] / pages;
  return [
    {
      name: 'audit.page_requests',
      value: ratio('requests'),
      unit: 'ratio',
      target: atMost(1),
      against: against('DynamoDB requests'),
    },
    {
      name: 'audit.page_units',
      value: ratio('units'),
      unit: 'ratio',
      target: atMost(1),
      against: against("Read units, by DynamoDB's rule on the items read,"),
    },
    ...bys.flatMap((by): Figure[] => [
      {
        name: `audit.page_requests_by_${by}`,
        value: mean(by, 'requests'),
        unit: 'requests',
        against: 'Mean of a page with the many entries, admission of the caller included.',
      },
      { name: `audit.page_units_by_${by}`, value: mean(by, 'units'), unit: 'RCU', against: 'Read units of the same.' },
    ]),
  ];
}

const Answer = z.object({ items: z.array(z.unknown()), next_cursor: z.string().optional() });

async function costs(world: World, env: Env): Promise<Record<By, Cost>> {
  const bound = { ...env, STATE_TABLE: world.state, LEDGER_TABLE: world.ledger };
  Object.assign(process.env, bound);
  const { auditApi } = await import('../../functions/audit/api.ts');
  const read = readEnv(AuditApiEnv, bound);
  const client = new DynamoDBClient({});
  const seen = meter(client);
  const at = (): Date => world.newest;
  const handler = auditApi(read, runtimeFrom(read, coreFrom(read, client, at))) as unknown as ApiHandler;
  const page = async (query: Record<string, string>): Promise<string | undefined> => {
    const event = apiEvent({ method: 'GET', path: '/v1/audit/entries', query, as: operator, at: world.newest });
    const answer = Answer.parse(JSON.parse(mustBe(200, await handler(event, lambdaContext)).body));
    if (answer.items.length !== limit) throw new Error(`a page of ${answer.items.length} entries`);
    return answer.next_cursor;
  };
  // Leases the permits of the rate limit, which every page then draws on.
  await page({ agent: selectors.agent, limit: String(limit) });
  const cost = async (by: By): Promise<Cost> => {
    seen.operations();
    seen.requests();
    let cursor: string | undefined;
    for (let n = 0; n < pages; n += 1) {
      cursor = await page({ [by]: selectors[by], limit: String(limit), ...(cursor ? { cursor } : {}) });
    }
    return { requests: seen.requests().length, units: sum(seen.operations().map(readUnits)) };
  };
  const found = { agent: await cost('agent'), domain: await cost('domain') };
  const rest = { subject: await cost('subject'), task: await cost('task') };
  client.destroy();
  return { ...found, ...rest };
}
