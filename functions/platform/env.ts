import * as z from 'zod';
import { CheckpointEnv, CommitEnv, jsonOf, ReadEnv } from '../shared/env.ts';

/**
 * A token is trusted when `iss` equals `issuer`, a key of `jwks_uri` verifies it, and either `aud` holds `audience` or, as
 * Cognito's access tokens carry no `aud`, `client_id` is one of `client_ids`.
 */
export const TrustedIssuer = z.strictObject({
  issuer: z.url(),
  jwks_uri: z.url(),
  audience: z.string().min(1).optional(),
  client_ids: z.array(z.string()).min(1).optional(),
});
export type TrustedIssuer = z.output<typeof TrustedIssuer>;

export const AuthorizerEnv = ReadEnv.extend({ TRUSTED_ISSUERS: jsonOf(z.array(TrustedIssuer).min(1)) });

/** Domain (or `enterprise`) to the name of its bus. */
export const RelayEnv = z.object({ EVENT_BUSES: jsonOf(z.record(z.string(), z.string())) });

export const ArchiveEnv = z.object({
  ARCHIVE_BUCKET: z.string().min(1),
  ARCHIVE_LOCK_MODE: z.literal(['GOVERNANCE', 'COMPLIANCE']),
});

export const ArchiverEnv = CommitEnv.extend(ArchiveEnv.shape).extend(CheckpointEnv.shape);

export const DocumentsEnv = z.object({});

export const SeedEnv = CommitEnv.extend({
  OPERATOR_CLIENT_ID: z.string().min(1),
  DOMAINS: jsonOf(z.array(z.string()).min(1)),
});
