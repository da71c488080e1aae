import type { Accident } from './accidents.ts';
import type { Fleet } from './fleet.ts';
import type { Call } from './http.ts';
import type { Heard } from './messages.ts';
import type { Plan } from './plan.ts';
import type { View } from './view.ts';

/** What was seen of the day from outside of the control plane: each answer that an agent got, and what befell it. */
export type Seen = { heard: Heard[]; accidents: (Accident & { wasAtWork: boolean })[] };

/** What those who play a part of the day have to do with. */
export type Scene = {
  plan: Plan;
  fleet: Fleet;
  view: View;
  seen: Seen;
  /** The API as an orchestrator sees it. */
  as: (orchestrator: string) => Call;
  /** Waits for a moment of the day. */
  until: (at: number) => Promise<void>;
  isOver: () => boolean;
};
