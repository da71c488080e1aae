import type { Change } from '../shared/commit.ts';
import { Problem } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import type { Handoff } from './handoff-contract.ts';
import type { Addressed } from './messages.ts';
import type { Decision } from './model.ts';
import { mayRead } from './party-model.ts';
import type { Deps } from './ports.ts';
import type { InboxPort } from '../approvals/contract.ts';

/** @throws Problem `NotFound`, also where the reader may not see it */
export async function readable({ store }: Pick<Deps, 'store'>, id: string, reader: Actor): Promise<Handoff> {
  const handoff = await store.handoff(id);
  if (!handoff || !mayRead(handoff, reader)) throw new Problem('NotFound', `There is no handoff ${id}.`);
  return handoff;
}

/** @throws Problem of the refusal */
export function decided(decision: Decision): Handoff {
  if (decision.kind === 'go') return decision.next;
  const { why, detail, faults } = decision;
  throw new Problem(why, detail, faults ? { faults } : {});
}

/** @throws Problem `PreconditionFailed` when If-Match names another version than the stored one */
export function requireVersion(named: number, { version }: Handoff): void {
  if (named !== version) throw new Problem('PreconditionFailed', `The record has version ${version}.`);
}

/** Messages into inboxes, one for each principal and subject, by the domain that each is told in. */
export function delivered(inbox: InboxPort, messages: readonly Addressed[], now: Date): Change[] {
  const unique = new Map(messages.map((one) => [`${one.draft.to} ${one.draft.id}`, one]));
  const domains = Map.groupBy(unique.values(), ({ domain }) => domain);
  return [...domains].map(([domain, those]) =>
    inbox.deliver(
      those.map(({ draft }) => draft),
      domain,
      now,
    ),
  );
}
