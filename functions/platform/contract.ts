import { z } from 'zod';
import { Concerns, defineEvent } from '../shared/contract.ts';

/** A request that was turned away, by the authorizer or by `serve`. */
export const requestRefused = defineEvent(
  'orchestra.request.refused.v1',
  'A request was refused because of who asked.',
  z.object({
    principal_id: z.string(),
    reason: z.string(),
    method: z.string(),
    path: z.string(),
    source_ip: z.string().optional(),
    concerns: Concerns,
  }),
);
