import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { ProblemCode } from '../shared/errors.ts';
import type { TrustedIssuer } from './env.ts';

/** A token whose signature, issuer, audience and times hold. */
export type Verified = { kind: 'verified'; clientId: string; subject: string; scopes: string; expiresAt: number };
export type Rejected = { kind: 'rejected'; code: ProblemCode };

type KeySet = ReturnType<typeof createLocalJWKSet> | ReturnType<typeof createRemoteJWKSet>;
export type KeysOf = (issuer: TrustedIssuer) => KeySet;

/** Asymmetric algorithms only: with a shared secret, whoever can verify can also sign. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const clockToleranceSeconds = 5;

/** Keys of each issuer, fetched once and kept; looked up again when a token names a key that is not among them. */
export function remoteKeys(): KeysOf {
  const sets = new Map<string, KeySet>();
  return ({ jwks_uri }) => {
    const known = sets.get(jwks_uri);
    if (known) return known;
    const set = createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: 3_000, cooldownDuration: 10_000 });
    sets.set(jwks_uri, set);
    return set;
  };
}

/**
 * Verifies a bearer token against the issuers trusted by this deployment.
 * @returns the client and its scopes; or the problem that the caller is told
 */
export async function verifyToken(
  authorization: string | undefined,
  issuers: readonly TrustedIssuer[],
  keysOf: KeysOf,
  now: Date,
): Promise<Verified | Rejected> {
  const [, token] = /^Bearer +([\w-]+\.[\w-]*\.[\w-]*)$/i.exec(authorization ?? '') ?? [];
  const read = token === undefined ? undefined : readUnverified(token);
  if (token === undefined || !read) return { kind: 'rejected', code: 'TokenMalformed' };
  if (!algorithms.includes(read.algorithm)) return { kind: 'rejected', code: 'TokenAlgorithmRefused' };
  const issuer = issuers.find((one) => one.issuer === read.issuer);
  if (!issuer) return { kind: 'rejected', code: 'TokenIssuerRefused' };
  try {
    const { payload } = await jwtVerify(token, keysOf(issuer), {
      issuer: issuer.issuer,
      algorithms,
      currentDate: now,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp'],
    });
    return accepted(payload, issuer);
  } catch (error) {
    return { kind: 'rejected', code: codeOf(error) };
  }
}

function readUnverified(token: string): { algorithm: string; issuer: string | undefined } | undefined {
  try {
    return { algorithm: String(decodeProtectedHeader(token).alg), issuer: decodeJwt(token).iss };
  } catch {
    return undefined;
  }
}

/** Cognito's access tokens have `client_id` and no `aud`; other issuers name an audience, and the client as `azp` or `sub`. */
function accepted(payload: JWTPayload, issuer: TrustedIssuer): Verified | Rejected {
  const clientId = [payload.client_id, payload.azp, payload.sub].find((one) => typeof one === 'string' && one !== '');
  const audiences = [payload.aud ?? []].flat();
  const meant = issuer.audience !== undefined && audiences.includes(issuer.audience);
  const known = issuer.client_ids?.some((one) => one === clientId) ?? false;
  // An identity token proves who somebody is; it is not made out for calling an API.
  const wrongUse = payload.token_use !== undefined && payload.token_use !== 'access';
  if (!(meant || known) || wrongUse || typeof clientId !== 'string') {
    return { kind: 'rejected', code: 'TokenAudienceRefused' };
  }
  const scopes = typeof payload.scope === 'string' ? payload.scope : '';
  // By client credentials nobody signed in: the client speaks for itself.
  const subject = payload.sub || clientId;
  return { kind: 'verified', clientId, subject, scopes, expiresAt: payload.exp ?? 0 };
}

function codeOf(error: unknown): ProblemCode {
  if (error instanceof errors.JWTExpired) return 'TokenExpired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'nbf' ? 'TokenNotYetValid' : 'TokenMalformed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'TokenSignatureInvalid';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'TokenSignatureInvalid';
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return 'TokenAlgorithmRefused';
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) return 'IssuerUnavailable';
  return error.code === 'ERR_JOSE_GENERIC' ? 'IssuerUnavailable' : 'TokenMalformed';
}
