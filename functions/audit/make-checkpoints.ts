import { addSeconds, type Clock } from '../shared/clock.ts';
import type { Commit } from '../shared/commit.ts';
import { Problem } from '../shared/errors.ts';
import { logger } from '../shared/telemetry.ts';
import { continueTrace } from '../shared/trace.ts';
import { following, signedText } from './checkpoint-model.ts';
import type { SignedCheckpoint } from './evidence-contract.ts';
import { consistencyPath, type Hash, isConsistent, type Nodes, rootOf } from './merkle.ts';
import type { LockCheckpoint } from './ports.ts';
import { sealerActor } from './seal-entries.ts';
import type { Signer } from './signer.ts';
import { type TreeStore, treeWrites } from './store-tree.ts';
import { nodesOf, tilesFor, type Tree } from './tree-model.ts';

export type CheckpointDeps = {
  tree: Pick<TreeStore, 'head' | 'newest' | 'tiles'>;
  signer: Signer;
  /** Puts a checkpoint into the archive, once. */
  lock: LockCheckpoint;
  commit: Commit;
  origin: string;
  now: Clock;
};

/** Makes a checkpoint if the tree has grown and the last one is at least so many seconds old. */
export type MakeCheckpoint = (leastAge: number) => Promise<SignedCheckpoint | undefined>;

/**
 * Makes the checkpoints, in one chain: the number of a checkpoint is its key, so of two makers one comes first. Each makes sure
 * that the newest is under Object Lock before the next is made, so a crash between the two leaves one unlocked at most,
 * and not for long. Where another is locked under the number, as after a restore of the state, nothing more is signed:
 * each of two chains from one key would pass for the log.
 */
export function checkpointer(deps: CheckpointDeps): MakeCheckpoint {
  let lockedText = '';
  let youngest: Date | undefined;
  const lock = async (checkpoint: SignedCheckpoint): Promise<void> => {
    youngest = new Date(checkpoint.timestamp);
    const text = signedText(checkpoint);
    if (text === lockedText) return;
    if (signedText(await deps.lock(checkpoint)) !== text) {
      throw new Error(`checkpoint ${checkpoint.number} is not the one of its number in the archive`);
    }
    lockedText = text;
  };
  const isYoung = (leastAge: number): boolean => youngest !== undefined && deps.now() < addSeconds(youngest, leastAge);
  return async (leastAge) => {
    if (isYoung(leastAge)) return undefined;
    const last = await deps.tree.newest();
    if (last) await lock(last);
    const tree = await deps.tree.head();
    if (isYoung(leastAge) || tree.size === (last?.size ?? 0)) return undefined;
    const next = await signed(deps, last, tree);
    if (!(await record(deps, last, next))) return undefined;
    await lock(next);
    logger.info('checkpoint made', { number: next.number, size: next.size });
    return next;
  };
}

async function signed(deps: CheckpointDeps, last: SignedCheckpoint | undefined, tree: Tree): Promise<SignedCheckpoint> {
  const root = await extendedRoot(deps, last, tree);
  const by = { origin: deps.origin, keyId: (await deps.signer.publicKey()).key_id };
  const next = following(last, { size: tree.size, root }, by, deps.now());
  return { ...next, signature: await deps.signer.sign(signedText(next)) };
}

/**
 * Root of the tree, once it is proven to begin with the tree that was signed last: no signature is given to a rewritten past.
 * @throws Error when it does not
 */
async function extendedRoot(deps: CheckpointDeps, last: SignedCheckpoint | undefined, tree: Tree): Promise<Hash> {
  const grown = (nodes: Nodes) => ({
    root: rootOf(tree.size, nodes),
    path: last && last.size < tree.size ? consistencyPath(last.size, tree.size, nodes) : [],
  });
  const { root, path } = grown(nodesOf(tree, await deps.tree.tiles(tilesFor(tree, grown))));
  if (!last) return root;
  const before = { size: last.size, root: Buffer.from(last.root_hash, 'hex') };
  if (isConsistent(before, { size: tree.size, root }, path)) return root;
  throw new Error(`the tree of ${tree.size} leaves does not begin with that of checkpoint ${last.number}`);
}

/** @returns whether this checkpoint is now the one of its number */
async function record(
  { commit, signer, now }: CheckpointDeps,
  last: SignedCheckpoint | undefined,
  next: SignedCheckpoint,
): Promise<boolean> {
  const { key_id, pem } = await signer.publicKey();
  const key = { key_id, algorithm: 'ECDSA_P256_SHA256', pem, first_used_at: next.timestamp } as const;
  const writes = [treeWrites.checkpoint(next), ...(last?.key_id === key_id ? [] : [treeWrites.publicKey(key)])];
  try {
    await commit({ writes, entries: [] }, { actor: sealerActor, now: now(), trace: continueTrace(undefined) });
    return true;
  } catch (error) {
    if (error instanceof Problem && ['AlreadyExists', 'RequestInFlight'].includes(error.code)) return false;
    throw error;
  }
}
