import type { Fact } from '../shared/contract.ts';
import type { Entry, EntryItem, Personal } from '../shared/ledger.ts';
import type { SignedCheckpoint } from './evidence-contract.ts';

/** What the audit slice asks of the archive under Object Lock. */
export type Archive = {
  /** Archives an entry, once; answers whether it was not there yet. */
  put: (item: EntryItem) => Promise<boolean>;
  get: (
    domain: string,
    id: string,
  ) => Promise<{ entry: Entry; event: Fact; traceparent: string; personal?: Personal | undefined }>;
  /** Ids of the entries archived for a domain and day, with the size of each object in bytes. */
  sizes: (domain: string, day: string) => Promise<Map<string, number>>;
  /** Bytes that an entry takes in the archive. */
  sizeOf: (item: EntryItem) => number;
};

/** Puts an entry back into the ledger, with its pointers, unless it is there. */
export type Restore = (item: EntryItem, held: boolean, now: Date) => Promise<void>;

/** Puts a checkpoint under Object Lock, once. @returns the one that is locked under its number: this, or an earlier one */
export type LockCheckpoint = (checkpoint: SignedCheckpoint) => Promise<SignedCheckpoint>;
