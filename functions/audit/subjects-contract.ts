import * as z from 'zod';
import { Concerns, defineEvent, defineRoutes } from '../shared/contract.ts';
import { PrincipalId, Timestamp } from '../shared/ids.ts';
import { DataSubject, Pseudonym } from '../shared/sealed-text.ts';

const ErasureRequest = z
  .strictObject({
    data_subject: DataSubject,
    reason: z.string().trim().min(1).max(2_000).meta({
      description: 'Why it is erased. It is recorded as it stands, so it must not name the person.',
    }),
  })
  .meta({ id: 'ErasureRequest' });

/** What an erasure proves: the key was looked for after it was destroyed, and was not there. */
export const Erasure = z
  .strictObject({
    data_subject: Pseudonym,
    generation: z.int().min(1).meta({ description: 'Which key of the subject was destroyed, from 1.' }),
    key_destroyed: z.literal(true),
    entries: z.int().min(0).meta({ description: 'Entries that name the subject; what was sealed in them is erased.' }),
    erased_at: Timestamp,
    erased_by: PrincipalId,
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.output<typeof Erasure>;

export const subjectRoutes = defineRoutes({
  eraseDataSubject: {
    method: 'POST',
    path: '/audit/data-subjects/erasures',
    summary:
      'Destroy the key of a data subject: what is sealed under it reads `[erased]` from now on, and every proof still ' +
      'verifies. For the roles `operator`, `board_member` and `data_protection`',
    scope: 'audit:write',
    principals: ['human'],
    body: ErasureRequest,
    ok: Erasure,
    errors: ['RoleMissing', 'NotFound', 'ErasureHeld', 'VersionConflict'],
  },
});

const about = z.object({ data_subject: Pseudonym, generation: z.int().min(1), concerns: Concerns });

export const subjectProtected = defineEvent(
  'orchestra.subject.protected.v1',
  'A data subject got a key of its own; a generation above 1 follows an erasure.',
  about,
);
export const subjectErased = defineEvent(
  'orchestra.subject.erased.v1',
  'The key of a data subject was destroyed.',
  about.extend({ erased_by: z.string(), entries: z.int().min(0) }),
);
