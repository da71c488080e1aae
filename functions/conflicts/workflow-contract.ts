import * as z from 'zod';
import { ConflictId } from '../shared/ids.ts';
import type { ConflictStep } from './contract.ts';

const of = { conflict_id: ConflictId };
const traced = { ...of, traceparent: z.string() };
const turn = z.int().min(0);

/** What the workflow of a conflict asks for. */
export const Step = z.discriminatedUnion('step', [
  z.object({ step: z.literal('begin'), ...traced }),
  z.object({ step: z.literal('wait'), ...of, turn, token: z.string().min(1) }),
  z.object({ step: z.literal('look'), ...of }),
  z.object({ step: z.literal('remind'), ...traced, turn }),
  z.object({ step: z.literal('pass'), ...traced, turn }),
]);
export type Step = z.output<typeof Step>;

/** How a conflict stands, for its workflow; times in seconds from now, the reminder always before the end. */
export type ClockState = {
  step: ConflictStep;
  turn: number;
  reminded: boolean;
  until_reminder: number;
  until_due: number;
};
