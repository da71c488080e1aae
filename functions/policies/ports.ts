import type { Decision } from '../authority/contract.ts';
import type { Key } from '../shared/dynamo.ts';
import type { Recorded } from './simulation-model.ts';

/** What the policies slice asks of the authority slice. */
export type Decisions = {
  decision: (id: string) => Promise<Decision | undefined>;
  /** Where it is kept: a change that rests on it depends on its version. */
  keyOf: (id: string) => Key;
};

/** The recorded decisions, newest first. */
export type RecordedDecisions = {
  /**
   * Decisions whose entries lie from one id on and below the other, at most `limit`. The page may be short, even empty;
   * `next` is where to go on below, and absent at the end. An entry whose decision cannot be read is undefined.
   */
  page: (
    range: { from: string; before: string },
    limit: number,
  ) => Promise<{ decisions: (Recorded | undefined)[]; next: string | undefined }>;
};

/** Starts the workflow of a simulation; once, however often it is asked for the same one. */
export type StartSimulation = (id: string) => Promise<void>;
