import * as z from 'zod';
import { PrincipalId, Timestamp } from './ids.ts';
import { Pseudonym } from './sealed-text.ts';

/** The key of a data subject as it is stored, or the tombstone that is left of it. */
export const SubjectRecord = z.object({
  pseudonym: Pseudonym,
  version: z.int().min(1),
  /** How many keys the subject has had, this one included. */
  generation: z.int().min(1),
  /** Base64 of the key, encrypted by KMS; null once it is destroyed. */
  wrapped: z.string().nullable(),
  made_at: Timestamp,
  erasure: z
    .object({ erased_at: Timestamp, erased_by: PrincipalId, entries: z.int().min(0) })
    .nullable()
    .meta({ description: 'The erasure of this generation, and how many entries named the subject then.' }),
});
export type SubjectRecord = z.output<typeof SubjectRecord>;
export type LiveRecord = SubjectRecord & { wrapped: string };

export const isLive = (record: SubjectRecord | undefined): record is LiveRecord =>
  record !== undefined && record.wrapped !== null;

/** What the ledger entries about the key of a data subject are about. */
export const subjectOf = (pseudonym: string): string => `data-subject/${pseudonym}`;
