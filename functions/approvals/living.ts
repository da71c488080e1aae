import type { Escalation, Vote } from './contract.ts';
import { covers, effective } from './delegation-model.ts';
import type { Delegations } from './delegation-store.ts';
import { mayDecide, type Standing } from './model.ts';

type Asked = Pick<Delegations, 'active' | 'chain'>;

/**
 * Entries of the approvals that could be given now as they were: their voters act, stand where it counts, and still have what
 * was delegated to them.
 */
export async function livingVotes(delegations: Asked, escalation: Escalation, now: Date): Promise<ReadonlySet<string>> {
  const given = escalation.votes.filter(({ vote }) => vote === 'approve');
  if (given.length === 0) return new Set();
  const active = await delegations.active(given.map(({ voter }) => voter));
  const alive = await Promise.all(
    given.map(async (vote) => {
      const voter = active.get(vote.voter);
      const authority = voter && (await authorityOf(delegations, escalation, { vote, voter, now }));
      return authority && mayDecide(escalation, voter, authority) ? [vote.entry_id] : [];
    }),
  );
  return new Set(alive.flat());
}

type Given = { vote: Vote; voter: Standing; now: Date };

async function authorityOf(
  delegations: Asked,
  escalation: Escalation,
  { vote, voter, now }: Given,
): Promise<Standing | undefined> {
  if (vote.delegation_id === null) return voter;
  const chain = await delegations.chain(vote.delegation_id);
  const lent = chain && effective(chain.links, chain.active, now);
  return lent && covers(lent, escalation) ? lent.authority : undefined;
}
