import * as z from 'zod';
import { PrincipalId, Slug, TeamId } from '../shared/ids.ts';
import {
  AnswerText,
  ExpectationsText,
  meetingFields,
  PackagePart,
  parts,
  QuestionText,
  Reason,
  Tasks,
  Terms,
  text,
} from './handoff-contract.ts';

/** Parts that are set or replaced. */
export const PackagePatch = z.strictObject(parts).partial().meta({ id: 'HandoffPackagePatch' });
export type PackagePatch = z.output<typeof PackagePatch>;

export const MeetingPlan = z.strictObject(meetingFields).meta({ id: 'HandoffMeetingPlan' });
export type MeetingPlan = z.output<typeof MeetingPlan>;

export const NewHandoff = z
  .strictObject({
    tasks: Tasks,
    team: TeamId.optional().meta({ description: 'The handing team; that of the caller, or of the first task.' }),
    to: z.strictObject({
      team: TeamId,
      recipient: PrincipalId.optional().meta({
        description: 'An agent of that team, or the orchestrator of its domain, which it is where absent.',
      }),
    }),
    assignee: PrincipalId.nullable()
      .optional()
      .meta({ description: 'An agent of that team; the recipient where absent, if it is one.' }),
    package: PackagePatch.default({}),
    prerequisites: z
      .array(z.strictObject({ name: Slug, description: z.string().max(200).default('') }))
      .max(10)
      .superRefine((all, context) => {
        for (const [index, { name }] of all.entries())
          if (all.findIndex((one) => one.name === name) < index)
            context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name} is named twice` });
      })
      .default([]),
    meeting: MeetingPlan.optional(),
    expectations: ExpectationsText.optional(),
    terms: Terms.prefault({}),
  })
  .meta({ id: 'NewHandoff' });
export type NewHandoff = z.output<typeof NewHandoff>;

export const Evidence = z.strictObject({ evidence: text(400) }).meta({ id: 'HandoffEvidence' });
export const NewQuestion = z
  .strictObject({ part: PackagePart.nullable().default(null), question: QuestionText })
  .meta({ id: 'NewHandoffQuestion' });
export type NewQuestion = z.output<typeof NewQuestion>;
export const Answer = z.strictObject({ answer: AnswerText }).meta({ id: 'HandoffAnswer' });
export const Understanding = z
  .strictObject({ part: PackagePart, understanding: text(800) })
  .meta({ id: 'HandoffUnderstanding' });
export type Understanding = z.output<typeof Understanding>;
export const Agreement = z.strictObject({ text: ExpectationsText }).meta({ id: 'HandoffAgreement' });
export const Ending = z.strictObject({ reason: Reason }).meta({ id: 'HandoffEnding' });
export const QuestionNumber = z.coerce.number().int().min(1).max(20).meta({ id: 'HandoffQuestionNumber' });
