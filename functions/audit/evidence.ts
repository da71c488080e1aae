import type { KMSClient } from '@aws-sdk/client-kms';
import type { Core } from '../shared/runtime.ts';
import { checkpointer } from './make-checkpoints.ts';
import type { LockCheckpoint } from './ports.ts';
import { sealer } from './seal-entries.ts';
import { kmsSigner } from './signer.ts';
import { treeStore } from './store-tree.ts';

type Signing = { kms: () => KMSClient; keyId: string; origin: string; lock: LockCheckpoint };

/** The Merkle tree with what seals into it and what signs it, as the functions that may do both have it. */
export function evidenceOn({ state, commit, now }: Core, { kms, keyId, origin, lock }: Signing) {
  const tree = treeStore(state);
  const signer = kmsSigner(kms, keyId);
  return {
    tree,
    now,
    seal: sealer({ tree, commit, now }),
    checkpoint: checkpointer({ tree, signer, lock, commit, origin, now }),
  };
}
