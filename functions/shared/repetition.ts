import { addSeconds, epochSeconds } from './clock.ts';
import type { IdempotencyItem } from './commit.ts';
import type { Key } from './dynamo.ts';
import { Problem } from './errors.ts';
import type { Arrival } from './refusal.ts';
import { idempotencyKey, requestDigest } from './request.ts';
import type { Answer } from './response.ts';

/** What makes the repetition of a POST harmless: where its answer is remembered, and of which request. */
export type Repetition = { key: Key; digest: string; ttl: number };

/** Makes the answer of a repeated request from what was remembered of the first one. */
export type Reopen = (remembered: never) => Promise<unknown>;
export const asItWas: Reopen = async (answer) => answer;

const rememberedSeconds = 86_400;
const rowKey = (slice: string, principal: string, key: string): Key => ({
  pk: `${slice}#idempotency#${principal}#${key}`,
  sk: 'answer',
});

export function repetitionOf(slice: string, principal: string, { event, header, now }: Arrival): Repetition {
  const key = rowKey(slice, principal, idempotencyKey(header));
  return { key, digest: requestDigest(event), ttl: epochSeconds(addSeconds(now, rememberedSeconds)) };
}

export const remembered = (repeat: Repetition, answer: Answer): IdempotencyItem => ({
  request_digest: repeat.digest,
  answer: JSON.stringify(answer),
  ttl: repeat.ttl,
});

/** @throws Problem `IdempotencyKeyReused` when the first request was another */
export async function replay(stored: IdempotencyItem, digest: string, reopen: Reopen): Promise<Answer> {
  if (stored.request_digest !== digest) {
    throw new Problem('IdempotencyKeyReused', 'Use a new Idempotency-Key for another request.');
  }
  const answer = JSON.parse(stored.answer) as Answer;
  const headers = { ...answer.headers, 'idempotency-replayed': 'true' };
  if (reopen === asItWas) return { ...answer, headers };
  return { ...answer, headers, body: JSON.stringify(await reopen(JSON.parse(answer.body) as never)) };
}
