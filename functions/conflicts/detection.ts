import * as z from 'zod';
import { Concerns, defineEvent } from '../shared/contract.ts';

const Holder = z.object({
  reservation_id: z.string(),
  domain: z.string(),
  team: z.string().nullable().default(null),
  task_id: z.string().nullable().default(null),
  reserved_by: z.string(),
});

/** As the slice of dependencies tells it; what is not known here is passed over. */
export const reservationRefused = defineEvent(
  'orchestra.reservation.refused.v1',
  'A reservation was refused, because others hold the resource.',
  z.object({
    resource_id: z.string(),
    domain: z.string(),
    team: z.string().nullable().default(null),
    requested_by: z.string(),
    task_id: z.string().nullable().default(null),
    from: z.string(),
    to: z.string(),
    amount: z.number(),
    holders: z.array(Holder).default([]),
    concerns: Concerns,
  }),
);
export type Refused = z.output<(typeof reservationRefused)['data']>;
