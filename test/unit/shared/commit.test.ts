import type { DynamoDBClient, TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import {
  AlreadyCommitted,
  type Change,
  type CommitContext,
  committer,
  Contended,
  persistently,
} from '../../../functions/shared/commit.ts';
import { newId } from '../../../functions/shared/ids.ts';
import { ledgerKeys, shardOf } from '../../../functions/shared/ledger.ts';
import { continueTrace } from '../../../functions/shared/trace.ts';

type Failure = { name: string; CancellationReasons?: { Code: string; Item?: Record<string, unknown> }[] };

/** A client that fails so many times as told, and what it was given. */
function aClient(failures: Failure[] = []) {
  const sent: TransactWriteItem[][] = [];
  const send = async ({ input }: TransactWriteItemsCommand): Promise<unknown> => {
    sent.push(input.TransactItems ?? []);
    const failure = failures.shift();
    if (!failure) return {};
    const reasons = failure.CancellationReasons?.map(({ Code, Item }) => ({
      Code,
      ...(Item ? { Item: marshall(Item) } : {}),
    }));
    throw Object.assign(new Error(failure.name), { name: failure.name, CancellationReasons: reasons });
  };
  const client = { send } as unknown as DynamoDBClient;
  return { commit: committer(client, { state: 'state', ledger: 'ledger', shards: 16 }), sent };
}

const now = new Date('2026-11-22T09:00:00.123Z');
const context: CommitContext = { actor: 'agt_1', now, trace: continueTrace(undefined) };
const idempotency = {
  key: { pk: 'x#idempotency#a#k', sk: 'answer' },
  item: { request_digest: 'd', answer: '{}', ttl: 1 },
};
const entry = (more: object = {}): Change['entries'][number] => ({
  action_type: 'decision',
  domain: 'product',
  subject: 'decision/dec_1',
  sequence: 1,
  summary: 'Decided',
  event: { type: 'orchestra.decision.allowed.v1', data: {} },
  ...more,
});
const change = (more: Partial<Change> = {}): Change => ({
  writes: [
    { kind: 'create', key: { pk: 'a#1', sk: 'a' }, item: { version: 1 } },
    { kind: 'replace', key: { pk: 'a#2', sk: 'a' }, item: { version: 4 }, version: 3 },
  ],
  entries: [entry({ related_tasks: ['TASK-1', 'TASK-2'] })],
  ...more,
});
const none = { Code: 'None' };
const failed = { Code: 'ConditionalCheckFailed' };
const cancelled = (...CancellationReasons: NonNullable<Failure['CancellationReasons']>): Failure => ({
  name: 'TransactionCanceledException',
  CancellationReasons,
});

describe('commit', () => {
  it('[AUD-2] writes state, entry, pointers of its tasks and the idempotency record in one transaction', async () => {
    const { commit, sent } = aClient();
    const [made] = await commit(change(), { ...context, idempotency });
    expect(sent).toHaveLength(1);
    const puts = (sent[0] ?? []).map(({ Put }) => ({ table: Put?.TableName, ...unmarshall(Put?.Item ?? {}) }));
    const pk = ledgerKeys.partition('product', '2026-11-22', shardOf('decision/dec_1', 16));
    expect(puts).toMatchObject([
      { table: 'state', ...idempotency.key, answer: '{}' },
      { table: 'state', pk: 'a#1' },
      { table: 'state', pk: 'a#2', version: 4 },
      { table: 'ledger', pk, sk: made?.id, kind: 'entry', agent_id: 'agt_1', timestamp: now.toISOString() },
      { table: 'ledger', pk: 'ledger#task#TASK-1', sk: made?.id, kind: 'pointer', entry_pk: pk },
      { table: 'ledger', pk: 'ledger#task#TASK-2', sk: made?.id, kind: 'pointer', entry_pk: pk },
    ]);
    for (const { Put } of sent[0] ?? []) expect(Put?.ConditionExpression).toEqual(expect.any(String));
  });

  it('[AUD-7] [AUD-2] writes a pointer of each data subject that an entry names, in the same transaction', async () => {
    const { commit, sent } = aClient();
    const subjects = [`sub_${'a'.repeat(32)}`, `sub_${'b'.repeat(32)}`];
    const personal = { record: 'dec_1', subjects };
    const [made] = await commit({ writes: [], entries: [entry({ personal })] }, context);
    expect(sent).toHaveLength(1);
    const [item, ...pointers] = (sent[0] ?? []).map(({ Put }) => unmarshall(Put?.Item ?? {}));
    expect(item).toMatchObject({ kind: 'entry', personal });
    expect(made).not.toHaveProperty('personal');
    const pointer = { sk: made?.id, kind: 'pointer', entry_pk: item?.pk, ttl: item?.ttl };
    expect(pointers).toEqual(subjects.map((subject) => ({ ...pointer, pk: `ledger#data-subject#${subject}` })));
  });

  it('[AUD-2] refuses more than one transaction holds, instead of splitting it', async () => {
    const { commit, sent } = aClient();
    const entries = Array.from({ length: 99 }, () => entry());
    await expect(commit(change({ entries }), context)).rejects.toThrow('a transaction of 101 members is too large');
    expect(sent).toEqual([]);
  });

  it('[AUD-1] refuses an entry whose id is of another time than the change', async () => {
    const { commit, sent } = aClient();
    const entries = [entry({ id: newId(new Date(now.getTime() + 1)) })];
    await expect(commit(change({ entries }), context)).rejects.toThrow('carries the time');
    expect(sent).toEqual([]);
    expect(await commit(change({ entries: [entry({ id: newId(now) })] }), context)).toHaveLength(1);
  });

  it.each([
    ['AlreadyExists', cancelled(failed, none, none, none, none)],
    ['VersionConflict', cancelled(none, failed, none, none, none)],
  ])('[AUD-2] tells %s by the member that was refused, without a second try', async (code, failure) => {
    const { commit, sent } = aClient([failure]);
    await expect(commit(change(), context)).rejects.toMatchObject({ code });
    expect(sent).toHaveLength(1);
  });

  const counting = change({
    writes: [
      { kind: 'replace', key: { pk: 'a#2', sk: 'a' }, item: { version: 4 }, version: 3 },
      {
        kind: 'adjust',
        key: { pk: 'a#3', sk: 'a' },
        set: { turn: 1 },
        add: { 'tokens_day.free': -5 },
        where: [
          { path: 'tokens_day.label', is: 'x' },
          { path: 'gone', is: undefined },
          { path: 'tokens_day.free', atLeast: 5 },
        ],
      },
    ],
    entries: [],
  });

  it('[LIM-2] changes counters in place, on their own conditions', async () => {
    const { commit, sent } = aClient();
    await commit(counting, context);
    expect(sent[0]?.[1]?.Update).toEqual({
      TableName: 'state',
      Key: marshall({ pk: 'a#3', sk: 'a' }),
      UpdateExpression: 'SET #n0 = :v0, #n1.#n2 = #n1.#n2 + :v1',
      ConditionExpression: '#n1.#n3 = :v2 AND attribute_not_exists(#n4) AND #n1.#n2 >= :v3',
      ExpressionAttributeNames: { '#n0': 'turn', '#n1': 'tokens_day', '#n2': 'free', '#n3': 'label', '#n4': 'gone' },
      ExpressionAttributeValues: marshall({ ':v0': 1, ':v1': -5, ':v2': 'x', ':v3': 5 }),
    });
  });

  it('[LIM-2] tells counters that moved from records that changed, and has the former planned anew', async () => {
    const both = aClient([cancelled(failed, failed)]);
    await expect(both.commit(counting, context)).rejects.toMatchObject({ code: 'VersionConflict' });
    const moved = (): Failure => cancelled(none, failed);
    const twice = aClient([moved(), moved()]);
    expect(await persistently(() => twice.commit(counting, context))).toEqual([]);
    expect(twice.sent).toHaveLength(3);
    const always = aClient(Array.from({ length: 99 }, moved));
    await expect(persistently(() => always.commit(counting, context))).rejects.toThrow(Contended);
    expect(always.sent).toHaveLength(10);
  });

  it('[GWY-4] gives the stored answer where the request was committed before', async () => {
    const { commit } = aClient([cancelled({ ...failed, Item: idempotency.item }, failed, none, none, none, none)]);
    const caught = await commit(change(), { ...context, idempotency }).catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(AlreadyCommitted);
    expect(caught).toMatchObject({ stored: idempotency.item });
  });

  it('[AUD-2] takes an entry that exists already for a fault of ours', async () => {
    const { commit } = aClient([cancelled(none, none, failed, none, none)]);
    await expect(commit(change(), context)).rejects.toThrow('a ledger entry with this id exists');
  });

  it('[AUD-2] tries a conflict or a throttle again, the same transaction, and then gives up as busy', async () => {
    const conflict = () => cancelled({ Code: 'TransactionConflict' }, none, none, none, none);
    const throttled = (): Failure => ({ name: 'ThrottlingException' });
    const passing = aClient([conflict(), throttled(), conflict()]);
    await passing.commit(change(), context);
    expect(passing.sent).toHaveLength(4);
    for (const one of passing.sent) expect(one).toEqual(passing.sent[0]);
    const four = <T>(make: () => T): T[] => Array.from({ length: 4 }, make);
    await expect(aClient(four(conflict)).commit(change(), context)).rejects.toMatchObject({
      code: 'RequestInFlight',
      headers: { 'retry-after': '1' },
    });
    await expect(aClient(four(throttled)).commit(change(), context)).rejects.toMatchObject({ code: 'Overloaded' });
  });

  it('[AUD-2] passes an unknown failure on as it is', async () => {
    const { commit, sent } = aClient([{ name: 'ValidationException' }]);
    await expect(commit(change(), context)).rejects.toThrow('ValidationException');
    expect(sent).toHaveLength(1);
  });
});
