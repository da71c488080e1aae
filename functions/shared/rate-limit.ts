import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { epochSeconds } from './clock.ts';

/** What is left to a principal in the current window. */
export type Allowance = { limit: number; remaining: number; resetSeconds: number; granted: boolean };
export type RateLimiter = { take: (principal: string, now: Date) => Promise<Allowance> };

type Lease = { window: number; held: number; leased: number; lot: number; exhausted: boolean };
type Take = (principal: string, window: number, amount: number) => Promise<number | 'exhausted'>;

/** Length of a window. */
export const windowSeconds = 60;

/**
 * Fixed window per principal, exact upper bound. Each execution environment leases permits from one counter, so that no
 * set of environments can hand out more than the limit. Lots begin with one permit and double, so that a busy principal
 * seldom costs a write, and one that is spread over many environments leaves few permits unused in them.
 */
export function leasedLimiter(limit: number, take: Take): RateLimiter {
  const largestLot = Math.max(1, Math.floor(limit / 20));
  const leases = new Map<string, Lease>();
  const pending = new Map<string, Promise<void>>();
  const renew = async (principal: string, lease: Lease): Promise<void> => {
    const lot = lease.lot;
    const total = await take(principal, lease.window, lot);
    if (total === 'exhausted') lease.exhausted = true;
    else Object.assign(lease, { held: lease.held + lot - Math.max(0, total - limit), leased: total });
    lease.lot = Math.min(lot * 2, largestLot);
    if (lease.leased >= limit) lease.exhausted = true;
  };
  const oneRenewal = (principal: string, lease: Lease): Promise<void> => {
    const running = pending.get(principal) ?? renew(principal, lease).finally(() => pending.delete(principal));
    pending.set(principal, running);
    return running;
  };
  return {
    take: async (principal, now) => {
      const window = Math.floor(epochSeconds(now) / windowSeconds);
      let lease = leases.get(principal);
      if (lease?.window !== window) {
        if (leases.size > 10_000) leases.clear();
        lease = { window, held: 0, leased: 0, lot: 1, exhausted: false };
        leases.set(principal, lease);
      }
      while (lease.held <= 0 && !lease.exhausted) await oneRenewal(principal, lease);
      const granted = lease.held > 0;
      if (granted) lease.held -= 1;
      const remaining = Math.max(0, limit - lease.leased) + lease.held;
      return { limit, remaining, granted, resetSeconds: windowSeconds - (epochSeconds(now) % windowSeconds) };
    },
  };
}

/** Adds to the shared counter unless it has reached the limit; answers the new total. */
export const counterIn =
  (client: DynamoDBClient, table: string, limit: number): Take =>
  async (principal, window, amount) => {
    try {
      const reply = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: `gateway#rate#${principal}` }, sk: { S: `window#${window}` } },
          UpdateExpression: 'ADD leased :amount SET #ttl = :ttl',
          ConditionExpression: 'attribute_not_exists(leased) OR leased < :limit',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: {
            ':amount': { N: String(amount) },
            ':limit': { N: String(limit) },
            ':ttl': { N: String((window + 10) * windowSeconds) },
          },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      return Number(reply.Attributes?.leased?.N ?? 0);
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException') return 'exhausted';
      throw error;
    }
  };
