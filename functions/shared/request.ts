import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type * as z from 'zod';
import type { Route } from './contract.ts';
import { type Fault, Problem } from './errors.ts';

/** Largest body accepted, in bytes: what fits a record with room for its entry. */
export const maxBodyBytes = 256 * 1024;

export type Headers = (name: string) => string | undefined;

/** Header lookup without regard to case. */
export function headersOf(event: APIGatewayProxyEvent): Headers {
  const lower = new Map(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => lower.get(name);
}

const escapePointer = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1');

/** Zod issues as faults, `most` of them; a refused unknown key is named itself. */
export function faultsOf(where: string, error: z.ZodError, most = 50): Fault[] {
  return error.issues.slice(0, most).flatMap((issue) => {
    const base = [where, ...issue.path.map(escapePointer)].join('/');
    if (issue.code !== 'unrecognized_keys') return [{ pointer: base, detail: issue.message }];
    return issue.keys.map((key) => ({
      pointer: `${base}/${escapePointer(key)}`,
      detail: 'This field is not known here.',
    }));
  });
}

/** Checks a part of the request that is not its body: faults are 400. */
export function checked<S extends z.ZodType>(where: 'params' | 'query', schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem('MalformedRequest', `The ${where} are not acceptable.`, {
    faults: faultsOf(`/${where}`, result.error),
  });
}

/** Checks the body: one that cannot be read is 400, one whose fields are wrong is 422. */
export function checkedBody<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = faultsOf('/body', result.error);
  throw new Problem('InvalidFields', `${faults[0]?.pointer}: ${faults[0]?.detail}`, { faults });
}

/** The body as text, whatever the gateway made of it. */
export function bodyText(event: APIGatewayProxyEvent, route: Route): string {
  const raw = event.body ?? '';
  const text = event.isBase64Encoded ? Buffer.from(raw, 'base64').toString('utf8') : raw;
  const most = route.maxBytes ?? maxBodyBytes;
  if (Buffer.byteLength(text) > most) throw new Problem('PayloadTooLarge', `A body may have ${most} bytes here.`);
  return text;
}

/** Parses the body by its content type. */
export async function readBody(event: APIGatewayProxyEvent, route: Route, header: Headers): Promise<unknown> {
  const text = bodyText(event, route);
  const type = (header('content-type') ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  const accepted = route.consumes ?? ['application/json'];
  if (!accepted.some((one) => one === type)) {
    throw new Problem('UnsupportedMediaType', `Send ${accepted.join(' or ')}.`);
  }
  if (text.trim() === '') throw malformed('The body is empty.');
  try {
    return wellFormed(type === 'application/yaml' ? await fromYaml(text) : JSON.parse(text));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw malformed(`The body cannot be parsed: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** Loaded when a document comes, so that functions that never see YAML do not start slower for it. */
const fromYaml = async (text: string): Promise<unknown> => (await import('yaml')).parse(text, { maxAliasCount: 100 });

const malformed = (detail: string): Problem =>
  new Problem('MalformedRequest', detail, { faults: [{ pointer: '/body', detail }] });

const maxDepth = 32;

/** Refuses what JSON allows and no store or signature can carry: lone surrogates and absurd nesting. */
function wellFormed(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw malformed(`The body is nested deeper than ${maxDepth} levels.`);
  if (typeof value === 'string' && !value.isWellFormed()) throw malformed('A string is not well-formed Unicode.');
  if (Array.isArray(value)) for (const one of value) wellFormed(one, depth + 1);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      wellFormed(key);
      wellFormed(one, depth + 1);
    }
  }
  return value;
}

/** Version named by `If-Match: "v3"`. */
export function ifMatchVersion(header: Headers): number {
  const value = header('if-match');
  if (value === undefined) throw new Problem('PreconditionRequired', 'Send If-Match with the ETag that you read.');
  const [, version] = /^"v(\d{1,9})"$/.exec(value.trim()) ?? [];
  if (version === undefined)
    throw new Problem('PreconditionFailed', 'If-Match does not name a version of this record.');
  return Number(version);
}

export const etagOf = (version: number): string => `"v${version}"`;

/** Key of a POST, as the draft has it: a quoted string of 1 to 128 printable characters; bare tokens are taken too. */
export function idempotencyKey(header: Headers): string {
  const value = header('idempotency-key')?.trim();
  const [, quoted, bare] = /^(?:"([\x20\x21\x23-\x7e]{1,128})"|([\w.:~+/=-]{1,128}))$/.exec(value ?? '') ?? [];
  const key = quoted ?? bare;
  if (key !== undefined) return key;
  const detail =
    value === undefined
      ? 'Send an Idempotency-Key header.'
      : 'The Idempotency-Key is not a string of 1 to 128 characters.';
  throw new Problem('IdempotencyKeyMissing', detail, { faults: [{ pointer: '/headers/idempotency-key', detail }] });
}

/** What makes two requests the same request. */
export const requestDigest = (event: APIGatewayProxyEvent): string =>
  createHash('sha256')
    .update(`${event.httpMethod}\n${event.path}\n${event.body ?? ''}`)
    .digest('base64url');
