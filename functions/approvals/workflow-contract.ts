import * as z from 'zod';
import { EscalationId } from '../shared/ids.ts';

const of = { escalation_id: EscalationId };
const traced = { ...of, traceparent: z.string() };
const round = z.int().min(0);

/** What the workflow of an escalation asks for. */
export const Step = z.discriminatedUnion('step', [
  z.object({ step: z.literal('begin'), ...traced }),
  z.object({ step: z.literal('wait'), ...of, token: z.string().min(1) }),
  z.object({ step: z.literal('remind'), ...traced, round }),
  z.object({ step: z.literal('move_up'), ...traced, round }),
]);
export type Step = z.output<typeof Step>;

/** How an escalation stands, for its workflow; times in seconds from now, the reminder always before the deadline. */
export type ClockState = {
  state: 'open' | 'closed';
  round: number;
  reminded: boolean;
  until_reminder: number;
  until_deadline: number;
};
