import * as z from 'zod';
import { Level } from '../shared/contract.ts';
import { DecisionId, Timestamp } from '../shared/ids.ts';
import { Retention } from '../shared/ledger.ts';

export const DecisionType = z
  .string()
  .regex(/^[a-z][a-z0-9_]{2,63}$/)
  .meta({ id: 'DecisionType', example: 'tool_selection' });

/** How soon an answer is needed. */
export const Urgency = z.literal(['low', 'normal', 'high', 'critical']).meta({ id: 'Urgency' });
export type Urgency = z.output<typeof Urgency>;

/** Seconds that each level has for an answer: from a second to 30 days. */
const seconds = z.int().min(1).max(2_592_000);

/** How an escalation of a type is decided. */
export const ApprovalTerms = z
  .strictObject({
    quorum: z
      .int()
      .min(1)
      .max(10)
      .meta({ description: 'Distinct approvers that it takes; above 1 everybody escalates it, at any level.' }),
    seconds: z
      .strictObject({ low: seconds, normal: seconds, high: seconds, critical: seconds })
      .meta({ description: 'Time of each level, by urgency; half of it until the reminder.' }),
  })
  .meta({ id: 'ApprovalTerms' });
export type ApprovalTerms = z.output<typeof ApprovalTerms>;

/** One row of the authority matrix: a type, the level at which it arises, and whether that level decides it. */
export const MatrixRow = z
  .strictObject({
    id: z.string().meta({ example: 'agent/decides/tool_selection' }),
    type: DecisionType,
    level: Level,
    rule: z.literal(['decides', 'must_escalate']),
    retention: Retention,
    tools: z.literal('approved').optional().meta({ description: 'Only tools on the approved list of the principal.' }),
    people: z.int().min(2).max(5).optional().meta({
      description: 'Distinct people whom it takes, the proposer counted if it is one. Nobody decides it alone.',
    }),
    approval: ApprovalTerms.optional().meta({ description: 'Terms of an escalation; the defaults where absent.' }),
  })
  .meta({ id: 'MatrixRow' });
export type MatrixRow = z.output<typeof MatrixRow>;

export const Matrix = z
  .strictObject({ version: z.int().min(1), rows: z.array(MatrixRow).max(500), changed_at: Timestamp })
  .meta({ id: 'AuthorityMatrix' });
export type Matrix = z.output<typeof Matrix>;

export const MatrixChange = z
  .strictObject({
    rows: z.array(MatrixRow).min(1).max(500),
    decision_id: DecisionId.meta({
      description:
        'Allowed decision of type `matrix_change` about `matrix/<SHA-256 hex of the canonical JSON of the rows>`.',
    }),
  })
  .meta({ id: 'MatrixChange' });
export type MatrixChange = z.output<typeof MatrixChange>;
