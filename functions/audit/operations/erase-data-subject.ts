import type { DataSubjects } from '../../shared/data-subjects.ts';
import { Problem } from '../../shared/errors.ts';
import type { Call } from '../../shared/serve.ts';
import { type DataSubjectStore, dataSubjectWrites } from '../../shared/store-data-subjects.ts';
import { isLive, type LiveRecord, subjectOf, type SubjectRecord } from '../../shared/subject-record.ts';
import type { Erasure, routes } from '../contract.ts';
import { erasureEntry, erasureOf, isDestroyed, isErased, tombstoneOf } from '../erasure-model.ts';
import { covers } from '../hold-model.ts';
import { mayErase } from '../model.ts';
import { type IdRange, rangeOf } from '../range.ts';
import type { Holds, Ledger } from '../store.ts';
import { indexWalk } from '../walk.ts';

type Deps = {
  subjects: Pick<DataSubjects, 'pseudonymOf'>;
  keys: DataSubjectStore;
  ledger: Pick<Ledger, 'indexed'>;
  holds: Pick<Holds, 'active'>;
};

/** Entries are up to some 300 KB each, and a batched read gives 16 MB. */
const pageSize = 50;

type Erasing = Call<(typeof routes)['eraseDataSubject']>;

/**
 * Destroys the key of a data subject, once, and looks whether it is gone. Where it is destroyed already, the answer is
 * that of the erasure that did it.
 */
export async function eraseDataSubject(deps: Deps, call: Erasing): Promise<Erasure> {
  const { body, actor } = call;
  if (!mayErase(actor)) throw Problem.titled('RoleMissing');
  const pseudonym = await deps.subjects.pseudonymOf(body.data_subject);
  const record = await recordOf(deps.keys, pseudonym);
  if (!record) throw new Problem('NotFound', 'Nothing is held under this data subject.');
  if (isErased(record)) return erasureOf(record);
  if (!isLive(record)) throw new Error(`the record of ${pseudonym} is neither key nor tombstone`);
  return confirmErasure(deps, await destroy(deps, record, call));
}

async function destroy(deps: Deps, record: LiveRecord, { body, actor, now, commit }: Erasing): Promise<Erasure> {
  const { pseudonym, version } = record;
  const entries = await countUnheld(deps, pseudonym, now);
  const erasure = { erased_at: now.toISOString(), erased_by: actor.id, entries };
  const tombstone = tombstoneOf(record, await lastSequence(deps, pseudonym, now), erasure);
  const writes = [dataSubjectWrites.set(tombstone, version)];
  try {
    return await commit({ writes, entries: [erasureEntry(tombstone, body.reason)] }, erasureOf(tombstone));
  } catch (error) {
    const stored = await recordOf(deps.keys, pseudonym);
    // Another erasure was quicker, and did what was asked.
    const isDone = stored !== undefined && isErased(stored) && stored.generation === record.generation;
    if (isDone && error instanceof Problem && error.code === 'VersionConflict') return erasureOf(stored);
    throw error;
  }
}

/**
 * The erasure, if its key is really gone.
 * @throws Problem `VersionConflict` when the key is there: a restore has brought it back
 */
export async function confirmErasure(deps: Pick<Deps, 'keys'>, erasure: Erasure): Promise<Erasure> {
  if (isDestroyed(erasure, await recordOf(deps.keys, erasure.data_subject))) return erasure;
  throw new Problem('VersionConflict', 'The key is there again; erase once more, with a new Idempotency-Key.');
}

const recordOf = async (keys: DataSubjectStore, pseudonym: string): Promise<SubjectRecord | undefined> =>
  (await keys.records([pseudonym])).get(pseudonym);

/**
 * How many entries name the subject.
 * @throws Problem `ErasureHeld` when a legal hold covers one of them
 */
async function countUnheld({ ledger, holds }: Deps, pseudonym: string, now: Date): Promise<number> {
  const active = await holds.active();
  const selector = { by: 'data_subject', value: pseudonym } as const;
  const read = (range: IdRange, limit: number) => ledger.indexed(selector, range, limit);
  const blocking = new Set<string>();
  let count = 0;
  for await (const step of indexWalk(read, rangeOf({}, 'data_subject', now), () => pageSize)) {
    if (step.kind !== 'entry') continue;
    count += 1;
    for (const hold of active) if (covers(hold, step.entry)) blocking.add(hold.id);
  }
  if (blocking.size === 0) return count;
  throw new Problem('ErasureHeld', `Held by ${[...blocking].toSorted().join(', ')}.`);
}

/** Sequence of the last entry about the subject's key, as the ledger has it. */
async function lastSequence({ ledger }: Deps, pseudonym: string, now: Date): Promise<number> {
  const { items } = await ledger.indexed(
    { by: 'subject', value: subjectOf(pseudonym) },
    rangeOf({}, 'subject', now),
    1,
  );
  return items[0]?.sequence ?? 0;
}
