import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { EntryId, Timestamp } from '../shared/ids.ts';
import { Entry } from '../shared/ledger.ts';

const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ id: 'Sha256', description: 'SHA-256, lower-case hexadecimal.' });
const Size = z.int().min(1).meta({ description: 'Leaves of the tree.' });
const Index = z.int().min(0).meta({ description: 'Position of the leaf in the log, from 0.' });
const path = z.array(Digest).max(64);

/** What the control plane signs: how far the log went, and the root of its tree then. */
export const Checkpoint = z.strictObject({
  number: z.int().min(1).meta({ description: 'Checkpoints are numbered from 1 without gaps.' }),
  origin: z.string().meta({ description: 'The log that it is of.' }),
  size: Size,
  root_hash: Digest.meta({ description: 'Root of the RFC 9162 tree of that size.' }),
  timestamp: Timestamp,
  previous: Digest.nullable().meta({ description: 'SHA-256 of the signed text of the checkpoint before.' }),
  key_id: Digest.meta({ description: 'SHA-256 of the public key (DER SubjectPublicKeyInfo) that verifies it.' }),
});
export type Checkpoint = z.output<typeof Checkpoint>;

export const SignedCheckpoint = Checkpoint.extend({
  signature: z
    .string()
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .meta({
      description:
        'Base64 of an ECDSA signature (P-256, SHA-256, DER) over the RFC 8785 canonical JSON of the checkpoint without ' +
        'this field.',
    }),
}).meta({ id: 'SignedCheckpoint' });
export type SignedCheckpoint = z.output<typeof SignedCheckpoint>;

export const CheckpointKey = z
  .strictObject({
    key_id: Digest,
    algorithm: z.literal('ECDSA_P256_SHA256'),
    pem: z.string().meta({ description: 'Public key, PEM SubjectPublicKeyInfo.' }),
    first_used_at: Timestamp,
  })
  .meta({ id: 'CheckpointKey' });
export type CheckpointKey = z.output<typeof CheckpointKey>;

export const InclusionProof = z
  .strictObject({
    entry_id: EntryId,
    leaf_index: Index,
    leaf_hash: Digest,
    tree_size: Size,
    path: path.meta({ description: 'Inclusion path of RFC 9162, from the leaf up.' }),
    checkpoint: SignedCheckpoint,
  })
  .meta({ id: 'InclusionProof' });
export type InclusionProof = z.output<typeof InclusionProof>;

export const ConsistencyProof = z
  .strictObject({ from: Size, to: Size, path: path.meta({ description: 'Consistency path of RFC 9162.' }) })
  .meta({ id: 'ConsistencyProof' });
export type ConsistencyProof = z.output<typeof ConsistencyProof>;

const LogLine = z
  .strictObject({
    leaf_index: Index,
    leaf_hash: Digest,
    entry: Entry.nullable().meta({ description: 'Null when it has expired, or when the reader may not see it.' }),
  })
  .meta({ id: 'LogLine' });
export type LogLine = z.output<typeof LogLine>;

const whole = (description: string) => z.coerce.number().int().max(Number.MAX_SAFE_INTEGER).meta({ description });

export const evidenceRoutes = defineRoutes({
  proveEntry: {
    method: 'GET',
    path: '/audit/entries/{id}/proof',
    summary: 'Proof that an entry is in the log, up to the newest signed checkpoint',
    scope: 'audit:read',
    params: z.strictObject({ id: EntryId }),
    ok: InclusionProof,
    errors: ['NotFound', 'NotSealedYet'],
  },
  listCheckpoints: {
    method: 'GET',
    path: '/audit/checkpoints',
    summary: 'Signed checkpoints of the log, newest first',
    scope: 'audit:read',
    query: PageQuery,
    ok: pageOf(SignedCheckpoint),
    errors: ['InvalidCursor'],
  },
  proveConsistency: {
    method: 'GET',
    path: '/audit/consistency',
    summary: 'Proof that the log of one size begins with the log of a smaller size, such as those of two checkpoints',
    scope: 'audit:read',
    query: z
      .strictObject({ from: whole('The smaller size.').min(1), to: whole('The larger size.').min(1) })
      .refine(({ from, to }) => from <= to, { path: ['to'], error: 'A log does not begin with a larger one.' }),
    ok: ConsistencyProof,
    errors: ['NotSealedYet'],
  },
  readLog: {
    method: 'GET',
    path: '/audit/log',
    summary:
      'The log in the order of its leaves, up to the newest signed checkpoint, for export and offline verification. An ' +
      'entry that has expired, or that the reader may not see, shows as its hash alone',
    scope: 'audit:read',
    principals: ['human', 'domain_orchestrator', 'enterprise_orchestrator'],
    query: z.strictObject({
      from: whole('Index of the first leaf.').min(0).default(0),
      limit: z.coerce.number().int().min(1).max(100).default(100).meta({ description: 'Most lines in the answer.' }),
    }),
    ok: z.strictObject({
      tree_size: z.int().min(0).meta({ description: 'Leaves under the newest checkpoint.' }),
      items: z.array(LogLine),
      next_from: Index.optional().meta({ description: '`from` of the next page, while there is one.' }),
    }),
    errors: [],
  },
  listCheckpointKeys: {
    method: 'GET',
    path: '/audit/keys',
    summary: 'Public keys that checkpoints were signed with',
    scope: 'audit:read',
    ok: z.strictObject({ items: z.array(CheckpointKey) }),
    errors: [],
  },
});
