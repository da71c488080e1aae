import * as z from 'zod';
import { HandoffId } from '../shared/ids.ts';
import type { HandoffPhase } from './handoff-contract.ts';

/** What the clock of a handoff does next. */
export const Due = z.literal(['remind', 'expire', 'chase', 'close']);
export type Due = z.output<typeof Due>;

const of = { handoff_id: HandoffId };
/** What the workflow has seen to be next: a step that finds anything else does nothing. */
const seen = { ...of, does: Due, at: z.string() };

/** What the workflow of a handoff asks for. */
export const Step = z.discriminatedUnion('step', [
  z.object({ step: z.literal('look'), ...of }),
  z.object({ step: z.literal('wait'), ...seen, token: z.string().min(1) }),
  z.object({ step: z.literal('tick'), ...seen, traceparent: z.string() }),
]);
export type Step = z.output<typeof Step>;

/** How a handoff stands, for its workflow; `until` in seconds from now. When it is over, nothing is next. */
export type ClockState = { phase: HandoffPhase; does: Due | 'nothing'; at: string; until: number };
