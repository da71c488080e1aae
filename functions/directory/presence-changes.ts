import type { MessageDraft } from '../approvals/contract.ts';
import type { Change } from '../shared/commit.ts';
import { fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import { agentReachable, agentStrained, agentUnreachable } from './events.ts';
import type { Presence, Pulse, Signs } from './presence-model.ts';
import { presenceWrites } from './presence-store.ts';

type Present = { pulse: Pulse; presence: Presence };

/** A heartbeat. Only where it makes its agent reachable, or its load passes the bound, does the ledger hear of it. */
export function heartbeat(before: Signs, { pulse, presence }: Present): Change {
  const renewal = presenceWrites.pulse(pulse);
  if (before.presence?.version === presence.version) return { writes: [renewal], entries: [] };
  const writes = [renewal, presenceWrites.presence(presence)];
  const { load } = pulse.report;
  const data = { ...about(pulse, presence), load, strained: presence.strained };
  if (before.presence?.state === 'reachable') {
    const summary = presence.strained
      ? `Has too much to do (${load} %)`
      : `Has not too much to do any more (${load} %)`;
    return { writes, entries: [{ ...entryOf(pulse, presence, summary), event: fact(agentStrained, data) }] };
  }
  const event = fact(agentReachable, { ...data, first: before.presence === undefined });
  const summary = before.presence ? 'Was heard of again' : 'Was heard of for the first time';
  return { writes, entries: [{ ...entryOf(pulse, presence, summary), event }] };
}

/** An agent that was silent for too long. A heartbeat that came in between has another pulse, and refuses it. */
export function fallenSilent({ pulse, presence }: Present): Change {
  const event = fact(agentUnreachable, { ...about(pulse, presence), last_seen: pulse.seen_at });
  return {
    writes: [presenceWrites.pulse(pulse), presenceWrites.presence(presence)],
    entries: [{ ...entryOf(pulse, presence, `Was not heard of since ${pulse.seen_at}`), event }],
  };
}

/** That an agent is unreachable, for those who work with it: one message each, however often it is sent. */
export const silenceTold = ({ pulse, presence }: Present, to: readonly string[]): MessageDraft[] =>
  to.map((one) => ({
    id: `msg_${pulse.agent}-unreachable-${presence.version}`,
    to: one,
    kind: 'agent_unreachable',
    about: subjectOf(pulse),
    summary: `${pulse.agent} was not heard of since ${pulse.seen_at}`,
    approval: null,
    due_at: null,
    classification: 'internal',
  }));

const subjectOf = ({ agent }: Pick<Presence, 'agent'>): string => `agent-presence/${agent}`;

const about = ({ agent, domain, team }: Pulse, { since, version }: Presence) => ({
  agent_id: agent,
  domain,
  team,
  since,
  version,
  concerns: [domain],
});

const entryOf = ({ domain }: Pulse, presence: Presence, summary: string): Omit<EntryDraft, 'event'> => ({
  action_type: 'execution',
  domain,
  subject: subjectOf(presence),
  sequence: presence.version,
  summary: `${summary}: ${presence.agent}`,
  details: { decision: presence.state, outcome: presence.state },
});
