import * as z from 'zod';
import { Concerns, defineEvent } from '../shared/contract.ts';

const about = z.object({ kind: z.string(), id: z.string(), concerns: Concerns });
const quota = z.object({ dimension: z.string(), window: z.string(), amount: z.int() });

export const limitChanged = defineEvent(
  'orchestra.limit.changed.v1',
  'Other quotas came into force for a scope.',
  about.extend({ quotas: z.array(quota), revision: z.int(), decision_id: z.string().nullable() }),
);

const inWindow = about.extend({
  ...quota.shape,
  window_start: z.string(),
  principal_id: z.string(),
});

export const limitWarned = defineEvent(
  'orchestra.limit.warned.v1',
  'Four fifths of a quota are used up, or about to be.',
  inWindow.extend({ used: z.int() }),
);
export const limitReached = defineEvent(
  'orchestra.limit.reached.v1',
  'A quota was used up: something was refused for the first time in this window.',
  inWindow.extend({ wanted: z.int(), remaining: z.int() }),
);
export const limitOverrun = defineEvent(
  'orchestra.limit.overrun.v1',
  'A decision consumed more than it reserved, and more than its limits had left.',
  about.extend({ dimension: z.string(), over: z.int(), decision_id: z.string(), principal_id: z.string() }),
);
