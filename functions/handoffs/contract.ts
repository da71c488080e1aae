import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { HandoffId, Slug, TeamId } from '../shared/ids.ts';
import {
  Agreement,
  Answer,
  Ending,
  Evidence,
  MeetingPlan,
  NewHandoff,
  NewQuestion,
  PackagePatch,
  QuestionNumber,
  Understanding,
} from './command-contract.ts';
import { Handoff } from './handoff-contract.ts';

export * from './command-contract.ts';
export * from './events.ts';
export * from './handoff-contract.ts';

const params = z.strictObject({ id: HandoffId });
const read = { method: 'GET', scope: 'handoffs:read' } as const;
const step = { method: 'POST', scope: 'handoffs:write', ok: Handoff, etag: true } as const;
const replacement = { method: 'PUT', scope: 'handoffs:write', params, ok: Handoff, etag: true, ifMatch: true } as const;
const stepErrors = ['NotFound', 'NotAParty', 'WrongPhase', 'HandoffClosed', 'VersionConflict'] as const;
const replacementErrors = [...stepErrors, 'PreconditionRequired', 'PreconditionFailed'] as const;

const reading = defineRoutes({
  listHandoffs: {
    ...read,
    path: '/handoffs',
    summary: 'Open handoffs to a team, or from it, soonest deadline first; a page may be short',
    query: PageQuery.extend({
      team: TeamId.optional().meta({ description: 'That of the caller where absent.' }),
      side: z.literal(['receiving', 'handing']).default('receiving'),
    }),
    ok: pageOf(Handoff),
    errors: ['InvalidCursor'],
  },
  getHandoff: {
    ...read,
    path: '/handoffs/{id}',
    summary: 'One handoff',
    params,
    ok: Handoff,
    etag: true,
    errors: ['NotFound'],
  },
  getMeeting: {
    ...read,
    path: '/handoffs/{id}/meeting.ics',
    summary: 'The meeting of a handoff, as iCalendar (RFC 5545)',
    params,
    ok: z.string(),
    produces: ['text/calendar'],
    errors: ['NotFound'],
  },
});

const preparing = defineRoutes({
  openHandoff: {
    ...step,
    path: '/handoffs',
    summary: 'Prepare to hand tasks over to another team; who owns them does not change yet',
    body: NewHandoff,
    status: 201,
    errors: [
      'OutsideOwnTeam',
      'OutsideOwnDomain',
      'RoleMissing',
      'TaskNotOwned',
      'TaskNotOpen',
      'TaskInHandoff',
      'VersionConflict',
    ],
  },
  changePackage: {
    ...replacement,
    path: '/handoffs/{id}/package',
    summary: 'Set or replace parts of the package; a part that was confirmed has to be confirmed again',
    body: PackagePatch,
    errors: replacementErrors,
  },
  scheduleMeeting: {
    ...replacement,
    path: '/handoffs/{id}/meeting',
    summary: 'Set the time and the agenda of the meeting',
    body: MeetingPlan,
    errors: replacementErrors,
  },
  provePrerequisite: {
    ...step,
    path: '/handoffs/{id}/prerequisites/{name}/evidence',
    summary: 'Mark a prerequisite as met, with what shows it',
    params: params.extend({ name: Slug }),
    body: Evidence,
    errors: stepErrors,
  },
  offerHandoff: {
    ...step,
    path: '/handoffs/{id}/offer',
    summary: 'Offer what is complete; what is missing is named',
    params,
    errors: [...stepErrors, 'HandoffIncomplete'],
  },
  withdrawHandoff: {
    ...step,
    path: '/handoffs/{id}/withdrawal',
    summary: 'Take a handoff back before it is accepted',
    params,
    body: Ending,
    errors: stepErrors,
  },
});

const meeting = defineRoutes({
  askQuestion: {
    ...step,
    path: '/handoffs/{id}/questions',
    summary: 'Ask the handing side, in the meeting or in the support window',
    params,
    body: NewQuestion,
    status: 201,
    errors: stepErrors,
  },
  answerQuestion: {
    ...step,
    path: '/handoffs/{id}/questions/{question}/answer',
    summary: 'Answer a question',
    params: params.extend({ question: QuestionNumber }),
    body: Answer,
    errors: [...stepErrors, 'QuestionAnswered'],
  },
  confirmPart: {
    ...step,
    path: '/handoffs/{id}/confirmations',
    summary: 'Say in words of your own what a part of the package says',
    params,
    body: Understanding,
    errors: stepErrors,
  },
  agreeExpectations: {
    ...step,
    path: '/handoffs/{id}/expectations',
    summary: 'Agree to the expectations as given; another text takes away the agreement of the other side',
    params,
    body: Agreement,
    errors: stepErrors,
  },
  acceptHandoff: {
    ...step,
    path: '/handoffs/{id}/acceptance',
    summary: 'Take over all tasks at once; claims of the old team are void',
    params,
    errors: [...stepErrors, 'MeetingUnfinished', 'TaskNotOwned'],
  },
  refuseHandoff: {
    ...step,
    path: '/handoffs/{id}/refusal',
    summary: 'Refuse; the tasks stay where they are, and the level over both sides is told',
    params,
    body: Ending,
    errors: stepErrors,
  },
  closeHandoff: {
    ...step,
    path: '/handoffs/{id}/closure',
    summary: 'End the support window before its time, when no question is open',
    params,
    errors: [...stepErrors, 'QuestionsOpen'],
  },
});

export const routes = defineRoutes({ ...reading, ...preparing, ...meeting });
