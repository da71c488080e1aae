import { fact } from '../shared/contract.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import { isLive, type LiveRecord, subjectOf, type SubjectRecord } from '../shared/subject-record.ts';
import { type Erasure, subjectErased } from './contract.ts';

/** The record of a subject once its key is destroyed; nothing of the key is left in it. */
export type Tombstone = SubjectRecord & { wrapped: null; erasure: NonNullable<SubjectRecord['erasure']> };

export const isErased = (record: SubjectRecord): record is Tombstone => !isLive(record) && record.erasure !== null;

/**
 * The tombstone that takes the place of a key.
 * @param recorded sequence of the subject's last entry: above the record's version after a restore, which takes the
 *   record back and leaves the ledger
 */
export const tombstoneOf = (
  record: LiveRecord,
  recorded: number,
  erasure: NonNullable<SubjectRecord['erasure']>,
): Tombstone => ({ ...record, version: Math.max(record.version, recorded) + 1, wrapped: null, erasure });

/** What an erasure answers. */
export const erasureOf = ({ pseudonym, generation, erasure }: Tombstone): Erasure => ({
  data_subject: pseudonym,
  generation,
  key_destroyed: true,
  entries: erasure.entries,
  erased_at: erasure.erased_at,
  erased_by: erasure.erased_by,
});

/** Whether the key of an erasure is gone: no key is there, or one of a later generation. */
export const isDestroyed = (erasure: Pick<Erasure, 'generation'>, record: SubjectRecord | undefined): boolean =>
  !isLive(record) || record.generation > erasure.generation;

export const erasureEntry = ({ pseudonym, version, generation, erasure }: Tombstone, reason: string): EntryDraft => ({
  action_type: 'execution',
  domain: 'enterprise',
  subject: subjectOf(pseudonym),
  sequence: version,
  summary: `Key ${generation} of data subject ${pseudonym} was destroyed`,
  details: { decision: 'erased', reasoning: reason, outcome: `${erasure.entries} entries name the subject` },
  retention: 'compliance',
  event: fact(subjectErased, {
    data_subject: pseudonym,
    generation,
    erased_by: erasure.erased_by,
    entries: erasure.entries,
    concerns: ['enterprise'],
  }),
});
