import { bare, type Key, type Table, type Write } from './dynamo.ts';
import { SubjectRecord } from './subject-record.ts';

export const dataSubjectKeys = {
  /** S1 The key of one data subject, wrapped, or its tombstone. */
  record: (pseudonym: string): Key => ({ pk: `subjects#${pseudonym}`, sk: 'key' }),
} as const;

/** Questions about the keys of data subjects, all consistent: a key that is destroyed is seen by nobody. */
export const dataSubjectStore = (table: Table) => ({
  records: async (pseudonyms: readonly string[]): Promise<Map<string, SubjectRecord>> => {
    if (pseudonyms.length === 0) return new Map();
    const items = await table.getMany(pseudonyms.map(dataSubjectKeys.record));
    const records = items.flatMap((item) => (item ? [SubjectRecord.parse(bare(item))] : []));
    return new Map(records.map((record) => [record.pseudonym, record]));
  },
});
export type DataSubjectStore = ReturnType<typeof dataSubjectStore>;

export const dataSubjectWrites = {
  /** @param before version of the stored record; undefined when there is none */
  set: (record: SubjectRecord, before: number | undefined): Write => {
    const key = dataSubjectKeys.record(record.pseudonym);
    return before === undefined
      ? { kind: 'create', key, item: record }
      : { kind: 'replace', key, item: record, version: before };
  },
  /** Makes a transaction depend on the key being there still: nothing is stored under a key that is destroyed meanwhile. */
  unchanged: ({ pseudonym, version }: SubjectRecord): Write => ({
    kind: 'check',
    key: dataSubjectKeys.record(pseudonym),
    version,
  }),
} as const;
