import * as z from 'zod';
import { Concerns, defineEvent, Level } from '../shared/contract.ts';

const conflict = z.object({
  conflict_id: z.string(),
  conflict_type: z.string(),
  subject: z.string(),
  step: z.string().meta({ description: 'Where it stands after what happened.' }),
  turn: z.int(),
  due_at: z.string().nullable(),
  summary: z.string().meta({ description: 'What it is about; nothing of a sensitive conflict.' }),
  parties: z.array(z.string()),
  concerns: Concerns,
});
const spoken = conflict.extend({ party: z.string(), by: z.string(), complete: z.boolean() });

export const conflictIdentified = defineEvent(
  'orchestra.conflict.identified.v1',
  'A conflict was raised by hand, or detected; its parties were told.',
  conflict.extend({ opened_by: z.string() }),
);
export const conflictRecurred = defineEvent(
  'orchestra.conflict.recurred.v1',
  'What an open conflict is about came up again.',
  conflict.extend({ recurrences: z.int() }),
);
export const conflictAdvanced = defineEvent(
  'orchestra.conflict.advanced.v1',
  'A step of a conflict is over by its time; `silent` are the parties that did not speak.',
  conflict.extend({ from: z.string(), silent: z.array(z.string()) }),
);
export const perspectiveGiven = defineEvent(
  'orchestra.conflict.perspective-given.v1',
  'A party of a conflict said how it sees it; `complete` with the last one.',
  spoken,
);
export const interestsGiven = defineEvent(
  'orchestra.conflict.interests-given.v1',
  'A party of a conflict said what it needs; `complete` with the last one.',
  spoken,
);
export const optionProposed = defineEvent(
  'orchestra.conflict.option-proposed.v1',
  'A party of a conflict proposed how to settle it.',
  conflict.extend({ party: z.string(), by: z.string(), option_id: z.string() }),
);
export const optionAgreed = defineEvent(
  'orchestra.conflict.option-agreed.v1',
  'A party of a conflict agrees to an option; others have not yet.',
  conflict.extend({ party: z.string(), by: z.string(), option_id: z.string() }),
);
export const conflictEscalated = defineEvent(
  'orchestra.conflict.escalated.v1',
  'A conflict waits for a level to decide it; `from` is the level that did not answer.',
  conflict.extend({ level: Level, decision_type: z.string(), from: Level.nullable() }),
);
export const conflictReminded = defineEvent(
  'orchestra.conflict.reminded.v1',
  'Half of the time of the level that decides a conflict is over.',
  conflict.extend({ level: Level }),
);
export const conflictUnresolved = defineEvent(
  'orchestra.conflict.unresolved.v1',
  'The highest level did not decide a conflict in its time; it goes on waiting for it.',
  conflict.extend({ level: Level, renewals: z.int() }),
);
export const conflictResolved = defineEvent(
  'orchestra.conflict.resolved.v1',
  'A conflict is settled and documented; `knowledge_id` is what is known from it.',
  conflict.extend({
    by: z.string(),
    level: Level.nullable(),
    decided_by: z.array(z.string()),
    knowledge_id: z.string(),
    related_tasks: z.array(z.string()),
  }),
);
export const resolutionRecorded = defineEvent(
  'orchestra.resolution.recorded.v1',
  'The resolution of a conflict is kept as knowledge.',
  z.object({
    knowledge_id: z.string(),
    conflict_id: z.string(),
    domains: z.array(z.string()),
    topic: z.string(),
    concerns: Concerns,
  }),
);
