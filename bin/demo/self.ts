import type { Message, MessageKind } from '../../functions/approvals/contract.ts';
import type { Chance } from './chance.ts';
import type { Agent } from './crew.ts';
import type { Call } from './http.ts';
import type { Pace, Report } from './messages.ts';
import type { Parts } from './parts.ts';

/** Whoever lives with the control plane, an agent or an orchestrator, as what it has to do sees it. */
export type Self = { id: string; parts: Parts; call: Call; say: (report: Report) => void };

/** An agent. */
export type AgentSelf = Self & {
  agent: Agent;
  seed: string;
  chance: Chance;
  pace: Pace;
  /** The day is over: nothing new is begun. */
  isClosing: () => boolean;
};

/** What somebody does when it is told something; a message that it could not act on is taken up again. */
export type Ears = Partial<Record<MessageKind, (message: Message) => Promise<void>>>;

/** The id of what a message is about. */
export const idOf = ({ about }: Pick<Message, 'about'>): string => about.slice(about.indexOf('/') + 1);

/** A time ahead, as the API writes it. */
export const ahead = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
