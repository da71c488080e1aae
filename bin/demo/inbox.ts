import type { Message } from '../../functions/approvals/contract.ts';
import type { Ears, Self } from './self.ts';

/** How somebody lives with an inbox: acts on each message, in the order in which they came, and then says that it was taken in. */
export function inboxDuty({ id, call }: Pick<Self, 'id' | 'call'>, ears: readonly Ears[]) {
  const inbox = `/agents/${id}/inbox`;
  return {
    look: async (): Promise<void> => {
      const { status, body } = await call<{ items: Message[] }>('GET', `${inbox}?unread=true&limit=25`);
      if (status !== 200) return;
      for (const message of body.items.toReversed()) {
        for (const hears of ears) await hears[message.kind]?.(message);
        await call('POST', `${inbox}/${message.id}/acknowledgement`);
      }
    },
  };
}
