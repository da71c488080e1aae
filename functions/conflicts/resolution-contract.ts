import * as z from 'zod';
import { Classification, Level } from '../shared/contract.ts';
import { ConflictId, EntryId, PrincipalId, TaskId, Timestamp } from '../shared/ids.ts';
import { OptionId, PartyId, text } from './party-contract.ts';

export const KnowledgeId = z
  .string()
  .regex(/^kno_[0-9a-f-]{36}$/)
  .meta({ id: 'KnowledgeId' });

const Said = z.strictObject({ party: PartyId, statement: z.string() });

/** What ends a conflict; there is no end without it. */
export const Resolution = z
  .strictObject({
    by: z.literal(['agreement', 'authority']).meta({ description: 'All parties agreed, or a level decided.' }),
    decision: z.string(),
    option_id: OptionId.nullable().meta({ description: 'The option that was taken; null for a decision of its own.' }),
    rationale: z.string(),
    options_considered: z.array(z.string()).max(20),
    perspectives: z.array(Said).max(6),
    dissent: z.array(Said).max(6),
    decided_by: z.array(PrincipalId).min(1).max(6),
    level: Level.nullable().meta({ description: 'Level of the authority that decided; null for an agreement.' }),
    knowledge_id: KnowledgeId,
    entry_id: EntryId,
    decided_at: Timestamp,
  })
  .meta({ id: 'ConflictResolution' });
export type Resolution = z.output<typeof Resolution>;

/** What the organisation knows from a conflict: what was decided, and why. */
export const KnowledgeItem = z
  .strictObject({
    id: KnowledgeId,
    version: z.literal(1),
    kind: z.literal('decision'),
    domains: z.array(z.string()).min(1).max(6),
    topic: z.string().meta({ description: 'Kind of the subject that the conflict was about.', example: 'resource' }),
    title: z.string(),
    context: z.string(),
    options: z.array(z.string()).max(20),
    decision: z.string(),
    rationale: z.string(),
    dissent: z.array(Said).max(6),
    decided_by: z.array(PrincipalId).min(1).max(6),
    level: Level.nullable(),
    by: z.literal(['agreement', 'authority']),
    source: z.strictObject({ conflict_id: ConflictId, entry_id: EntryId }),
    subject: z.string(),
    related_tasks: z.array(TaskId).max(10),
    classification: Classification,
    created_at: Timestamp,
  })
  .meta({ id: 'ResolutionKnowledge' });
export type KnowledgeItem = z.output<typeof KnowledgeItem>;

/** What a decider of the level says: that it takes an option, or how it decides otherwise. */
export const NewResolution = z
  .strictObject({
    option_id: OptionId.optional().meta({ description: 'Takes an option as it was proposed.' }),
    decision: text(2_000).optional().meta({ description: 'Decides otherwise than was proposed.' }),
    rationale: text(2_000),
    dissent: z
      .array(z.strictObject({ party: PartyId, statement: text(1_000) }))
      .max(6)
      .default([]),
  })
  .refine(({ option_id, decision }) => (option_id === undefined) !== (decision === undefined), {
    path: ['decision'],
    error: 'give either option_id or decision',
  })
  .meta({ id: 'NewConflictResolution' });
export type NewResolution = z.output<typeof NewResolution>;
