import {
  DecryptCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import type * as z from 'zod';
import { subjectProtected } from '../audit/contract.ts';
import type { Change, Commit, CommitContext } from './commit.ts';
import { fact } from './contract.ts';
import type { Table, Write } from './dynamo.ts';
import type { DataSubjectsEnv } from './env.ts';
import { Problem, type ProblemCode } from './errors.ts';
import { inParallel } from './in-parallel.ts';
import { isPseudonym, type KeyOf, openText, type Rewrite, sealText, type SubjectKey } from './sealed-text.ts';
import { shortLived } from './short-lived.ts';
import { type DataSubjectStore, dataSubjectStore, dataSubjectWrites } from './store-data-subjects.ts';
import { isLive, type LiveRecord, subjectOf, type SubjectRecord } from './subject-record.ts';
import { count, logger } from './telemetry.ts';

/** Opens what is sealed in the texts of a record. */
export type Opener = (record: string) => Rewrite;

/** Seals texts under the key of one data subject. */
export type Sealer = {
  pseudonym: string;
  seal: (record: string) => Rewrite;
  /** Belongs into the transaction that stores what was sealed: it fails if the key is destroyed by then. */
  guard: Write;
};

/** What slices ask about data subjects. */
export type DataSubjects = {
  /** The same for the same id, always; it says nothing about the id. */
  pseudonymOf: (dataSubject: string) => Promise<string>;
  /** Makes the key of the subject where it has none; that is recorded like every other change. */
  sealer: (dataSubject: string, context: Moment) => Promise<Sealer>;
  opener: (pseudonyms: readonly string[]) => Promise<Opener>;
};

type Moment = Pick<CommitContext, 'now' | 'trace'>;
export type DataSubjectSettings = { keyId: string; pseudonymKeyId: string };
export const dataSubjectSettings = (env: z.output<typeof DataSubjectsEnv>): DataSubjectSettings => ({
  keyId: env.SUBJECTS_KEY_ID,
  pseudonymKeyId: env.PSEUDONYM_KEY_ID,
});
type Ports = { kms: KMSClient; commit: Commit; state: Table };

/**
 * How long an unwrapped key saves the next call of KMS. It is no grace for what was erased: the stored record is read,
 * consistently, before each use.
 */
const keptSeconds = 60;
const mostKept = 1_000;
const width = 16;

/** Key per data subject, made and wrapped by KMS, used in process. */
export function dataSubjects({ kms, commit, state }: Ports, settings: DataSubjectSettings): DataSubjects {
  const store = dataSubjectStore(state);
  const pseudonyms = shortLived<string>(keptSeconds, mostKept);
  const unwrapped = shortLived<Buffer>(keptSeconds, mostKept);
  const keyOf = async ({ pseudonym, generation, wrapped }: LiveRecord): Promise<SubjectKey> => ({
    pseudonym,
    generation,
    bytes: await unwrapped.get(wrapped, () => unwrap(kms, settings.keyId, pseudonym, wrapped)),
  });
  const pseudonymOf = async (dataSubject: string): Promise<string> =>
    isPseudonym(dataSubject)
      ? dataSubject
      : pseudonyms.get(dataSubject, () => pseudonymFor(kms, settings.pseudonymKeyId, dataSubject));
  return {
    pseudonymOf,
    sealer: async (dataSubject, context) => {
      const pseudonym = await pseudonymOf(dataSubject);
      const stored = (await store.records([pseudonym])).get(pseudonym);
      const make = (): Promise<string> => newKey(kms, settings.keyId, pseudonym);
      const record = isLive(stored) ? stored : await protect({ store, commit, make }, pseudonym, stored, context);
      const key = await keyOf(record);
      return {
        pseudonym,
        seal: (owner) => (text, field) => sealText(text, key, { record: owner, field }),
        guard: dataSubjectWrites.unchanged(record),
      };
    },
    opener: async (asked) => {
      const records = await store.records([...new Set(asked)]);
      const keys = await inParallel([...records.values()].filter(isLive), width, (record) =>
        keyOf(record).catch(unlessAltered(record)),
      );
      return openerWith(records, keys);
    },
  };
}

/** Opens what these keys seal. Only what a record says was destroyed is told to be erased. */
function openerWith(records: ReadonlyMap<string, SubjectRecord>, keys: readonly (SubjectKey | undefined)[]): Opener {
  const held = new Map(keys.flatMap((key) => (key ? [[key.pseudonym, key.bytes]] : [])));
  const keyOf: KeyOf = (pseudonym, generation) => {
    const record = records.get(pseudonym);
    if (!record || generation > record.generation) return 'lost';
    if (generation < record.generation || !isLive(record)) return 'destroyed';
    return held.get(pseudonym) ?? 'lost';
  };
  return (record) => (text, field) => openText(text, { record, field }, keyOf, unreadable);
}

/** A wrapped key that KMS does not know for its own makes unreadable what it sealed, and not the page that this is on. */
const unlessAltered =
  ({ pseudonym }: LiveRecord) =>
  (error: unknown): undefined => {
    if ((error as Error).name !== 'InvalidCiphertextException') throw error;
    logger.error('the key of a data subject was altered', { pseudonym });
  };

const contextOf = (pseudonym: string) => ({ purpose: 'subjects', subject: pseudonym });

async function pseudonymFor(kms: KMSClient, keyId: string, dataSubject: string): Promise<string> {
  const Message = Buffer.from(`data-subject:${dataSubject}`);
  const reply = await kms.send(new GenerateMacCommand({ KeyId: keyId, MacAlgorithm: 'HMAC_SHA_256', Message }));
  return `sub_${Buffer.from(reply.Mac ?? [])
    .toString('hex')
    .slice(0, 32)}`;
}

/** A new key as it is stored: base64, wrapped. It is unwrapped only where it turns out to be the one that is stored. */
async function newKey(kms: KMSClient, keyId: string, pseudonym: string): Promise<string> {
  const asked = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: contextOf(pseudonym) } as const;
  const reply = await kms.send(new GenerateDataKeyWithoutPlaintextCommand(asked));
  return Buffer.from(reply.CiphertextBlob ?? []).toString('base64');
}

async function unwrap(kms: KMSClient, keyId: string, pseudonym: string, wrapped: string): Promise<Buffer> {
  const reply = await kms.send(
    new DecryptCommand({
      KeyId: keyId,
      CiphertextBlob: Buffer.from(wrapped, 'base64'),
      EncryptionContext: contextOf(pseudonym),
    }),
  );
  return Buffer.from(reply.Plaintext ?? []);
}

type Protecting = { store: DataSubjectStore; commit: Commit; make: () => Promise<string> };

/** Codes of a commit that another first use of the subject was quicker than. */
const overtaken: ReadonlySet<ProblemCode> = new Set(['AlreadyExists', 'VersionConflict', 'RequestInFlight']);

/** Gives a subject its key. Of many that try at once one succeeds, and the others use what it stored. */
async function protect(
  { store, commit, make }: Protecting,
  pseudonym: string,
  before: SubjectRecord | undefined,
  { now, trace }: Moment,
): Promise<LiveRecord> {
  const record: LiveRecord = {
    pseudonym,
    version: (before?.version ?? 0) + 1,
    generation: (before?.generation ?? 0) + 1,
    wrapped: await make(),
    made_at: now.toISOString(),
    erasure: null,
  };
  try {
    await commit(protectedBy(record, before), { actor: 'orchestra_subjects', now, trace });
    return record;
  } catch (error) {
    if (!(error instanceof Problem && overtaken.has(error.code))) throw error;
    const stored = (await store.records([pseudonym])).get(pseudonym);
    if (isLive(stored)) return stored;
    throw error;
  }
}

const protectedBy = (record: LiveRecord, before: SubjectRecord | undefined): Change => ({
  writes: [dataSubjectWrites.set(record, before?.version)],
  entries: [
    {
      action_type: 'execution',
      domain: 'enterprise',
      subject: subjectOf(record.pseudonym),
      sequence: record.version,
      summary: `Key ${record.generation} of data subject ${record.pseudonym} was made`,
      details: { decision: 'protected' },
      retention: 'compliance',
      event: fact(subjectProtected, {
        data_subject: record.pseudonym,
        generation: record.generation,
        concerns: ['enterprise'],
      }),
    },
  ],
});

function unreadable(place: { record: string; field: string }): void {
  count('SealedTextUnreadable', 1);
  logger.error('a sealed text cannot be read', place);
}
