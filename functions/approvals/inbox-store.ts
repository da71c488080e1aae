import { bare, type Item, type Key, type Table, type Write } from '../shared/dynamo.ts';
import { Message } from './contract.ts';

export const inboxKeys = {
  /** V7 One message of a principal. */
  message: (to: string, id: string): Key => ({ pk: `approvals#message#${to}`, sk: id }),
  /** V8 Messages of a principal, by time. */
  inbox: (to: string, delivered: string) => ({ gsi2pk: `approvals#inbox#${to}`, gsi2sk: delivered }),
  /** V9 Messages of a principal that it did not acknowledge, by time. Sparse. */
  unread: (to: string, delivered: string) => ({ gsi1pk: `approvals#unread#${to}`, gsi1sk: delivered }),
} as const;

const messageItem = (message: Message): Item => {
  const at = `${message.delivered_at}#${message.id}`;
  return {
    ...message,
    ...inboxKeys.inbox(message.to, at),
    ...(message.acknowledged_at === null ? inboxKeys.unread(message.to, at) : {}),
  };
};

const messageFrom = (item: Item): Message => Message.parse(bare(item));

export type Inboxes = ReturnType<typeof inboxStore>;

/** Questions about inboxes. */
export const inboxStore = (table: Table) => ({
  message: async (to: string, id: string): Promise<Message | undefined> => {
    const [item] = await table.getMany([inboxKeys.message(to, id)]);
    return item && messageFrom(item);
  },
  /** Messages of a principal, newest first. */
  inbox: async (to: string, unread: boolean, limit: number, after: Item | undefined) => {
    const question = unread
      ? { index: 'gsi1' as const, partition: ['gsi1pk', inboxKeys.unread(to, '').gsi1pk] as const }
      : { index: 'gsi2' as const, partition: ['gsi2pk', inboxKeys.inbox(to, '').gsi2pk] as const };
    const { items, last } = await table.query({ ...question, newestFirst: true, limit, after });
    return { messages: items.map(messageFrom), last };
  },
});

export const inboxWrites = {
  deliver: (message: Message): Write => ({
    kind: 'create',
    key: inboxKeys.message(message.to, message.id),
    item: messageItem(message),
  }),
  /** @param message already carries its next version */
  acknowledge: (message: Message): Write => ({
    kind: 'replace',
    key: inboxKeys.message(message.to, message.id),
    item: messageItem(message),
    version: message.version - 1,
  }),
} as const;
