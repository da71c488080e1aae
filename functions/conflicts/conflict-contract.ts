import * as z from 'zod';
import { DecisionType, Urgency } from '../authority/contract.ts';
import { Classification, Level } from '../shared/contract.ts';
import { ConflictId, PrincipalId, TaskId, Timestamp } from '../shared/ids.ts';
import { NewParty, OptionId, Party, PartyId, text } from './party-contract.ts';
import { Resolution } from './resolution-contract.ts';

export const ConflictType = z.literal(['priority', 'scope', 'technical']).meta({ id: 'ConflictType' });
export type ConflictType = z.output<typeof ConflictType>;

/** In their order; `escalated` is passed over where the parties agree. */
export const conflictSteps = ['identified', 'perspectives', 'interests', 'options', 'escalated', 'documented'] as const;
export const ConflictStep = z.literal(conflictSteps).meta({ id: 'ConflictStep' });
export type ConflictStep = z.output<typeof ConflictStep>;

const seconds = z.int().min(60).max(2_592_000);

/** Time of each step, in seconds. */
export const ConflictTerms = z
  .strictObject({
    perspectives: seconds,
    interests: seconds,
    options: seconds,
    level: seconds.meta({ description: 'Of each level that it is escalated to; half of it until the reminder.' }),
  })
  .meta({ id: 'ConflictTerms', description: 'Time of each step, in seconds.' });
export type ConflictTerms = z.output<typeof ConflictTerms>;

export const ConflictSubject = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,30}\/[^\s/][^\s]{0,99}$/)
  .meta({ id: 'ConflictSubject', description: 'What it is about, `<kind>/<id>`.', example: 'resource/staging' });

const by = { party: PartyId, by: PrincipalId, at: Timestamp };

export const Perspective = z
  .strictObject({ ...by, statement: z.string(), evidence: z.array(z.string()).max(10) })
  .meta({ id: 'ConflictPerspective' });
export const Interests = z
  .strictObject({ ...by, interests: z.array(z.string()).max(10) })
  .meta({ id: 'ConflictInterests' });
export const Option = z
  .strictObject({ ...by, id: OptionId, title: z.string(), description: z.string(), serves: z.array(z.string()).max(5) })
  .meta({ id: 'ConflictOption' });
export const Agreement = z.strictObject({ ...by, option_id: OptionId }).meta({ id: 'ConflictAgreement' });

/** Where a conflict stands that its parties could not settle in their time. */
export const ConflictEscalation = z
  .strictObject({
    decision_type: DecisionType.meta({ description: 'Type by which the authority matrix says who decides it.' }),
    level: Level,
    since: Timestamp,
    reminder_at: Timestamp,
    reminded: z.boolean(),
    renewals: z.int().min(0).meta({ description: 'How often the time of the highest level was over.' }),
  })
  .meta({ id: 'ConflictEscalation' });
export type ConflictEscalation = z.output<typeof ConflictEscalation>;

export const Conflict = z
  .strictObject({
    id: ConflictId,
    version: z.int().min(1),
    type: ConflictType,
    subject: ConflictSubject,
    summary: z.string(),
    context: z.string(),
    classification: Classification,
    urgency: Urgency,
    domain: z.string().meta({ description: 'Domain of all of its parties, or `enterprise`.' }),
    parties: z.array(Party).min(2).max(6),
    related_tasks: z.array(TaskId).max(10),
    opened_by: z.string().meta({ description: 'Principal, or `orchestra_conflicts` where it was detected.' }),
    detected_by: z
      .strictObject({ event_id: z.string(), event_type: z.string() })
      .nullable()
      .meta({ description: 'The event that it was detected by.' }),
    recurrences: z
      .int()
      .min(0)
      .max(20)
      .meta({ description: 'How often it came up again while it was open; the first 20.' }),
    terms: ConflictTerms,
    step: ConflictStep,
    turn: z.int().min(0).meta({ description: 'Grows with each span of time: a step, a level, a renewal.' }),
    opened_at: Timestamp,
    due_at: Timestamp.nullable().meta({ description: 'End of the time of the step, or of the level.' }),
    perspectives: z.array(Perspective).max(6),
    interests: z.array(Interests).max(6),
    silent: z
      .array(z.strictObject({ step: ConflictStep, party: PartyId }))
      .max(12)
      .meta({ description: 'Parties that did not speak in their time.' }),
    options: z.array(Option).max(20),
    agreements: z.array(Agreement).max(6),
    escalation: ConflictEscalation.nullable(),
    resolution: Resolution.nullable(),
    closed_at: Timestamp.nullable(),
  })
  .refine(({ step, resolution }) => (step === 'documented') === (resolution !== null), {
    path: ['resolution'],
    error: 'a conflict is documented with its resolution, and never without one',
  })
  .meta({ id: 'Conflict' });
export type Conflict = z.output<typeof Conflict>;

export const NewConflict = z
  .strictObject({
    type: ConflictType,
    subject: ConflictSubject,
    summary: text(300),
    context: text(2_000).optional(),
    parties: z.array(NewParty).min(2).max(6),
    related_tasks: z.array(TaskId).max(10).default([]),
    classification: Classification.default('internal'),
    urgency: Urgency.default('normal').meta({ description: 'Gives the times of the steps.' }),
    terms: ConflictTerms.partial()
      .optional()
      .meta({ description: 'Other times than those; an agent may give longer ones only.' }),
  })
  .meta({ id: 'NewConflict' });
export type NewConflict = z.output<typeof NewConflict>;

const party = PartyId.optional().meta({ description: 'For whom, where the caller speaks for several parties.' });

export const NewPerspective = z
  .strictObject({ party, statement: text(2_000), evidence: z.array(text(200)).max(10).default([]) })
  .meta({ id: 'NewConflictPerspective' });
export type NewPerspective = z.output<typeof NewPerspective>;

export const NewInterests = z
  .strictObject({ party, interests: z.array(text(300)).min(1).max(10) })
  .meta({ id: 'NewConflictInterests' });
export type NewInterests = z.output<typeof NewInterests>;

export const NewOption = z
  .strictObject({
    party,
    title: text(200),
    description: text(1_000),
    serves: z.array(text(200)).max(5).default([]).meta({ description: 'Interests that it serves.' }),
  })
  .meta({ id: 'NewConflictOption' });
export type NewOption = z.output<typeof NewOption>;

export const NewAgreement = z.strictObject({ party, option_id: OptionId }).meta({ id: 'NewConflictAgreement' });
export type NewAgreement = z.output<typeof NewAgreement>;
