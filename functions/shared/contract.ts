import * as z from 'zod';
import type { ProblemCode } from './errors.ts';

export const PrincipalKind = z
  .literal(['agent', 'domain_orchestrator', 'enterprise_orchestrator', 'human'])
  .meta({ id: 'PrincipalKind' });
export type PrincipalKind = z.output<typeof PrincipalKind>;

export const Classification = z.literal(['public', 'internal', 'sensitive']).meta({ id: 'Classification' });
export type Classification = z.output<typeof Classification>;

/** Levels of authority, lowest first; `board` stands for the humans above the enterprise orchestrator. */
export const levels = ['agent', 'domain', 'enterprise', 'board'] as const;
export const Level = z.literal(levels).meta({ id: 'Level' });
export type Level = z.output<typeof Level>;

/** OAuth scopes of the resource server. */
export const scopes = [
  'directory:read',
  'directory:write',
  'decisions:read',
  'decisions:write',
  'policies:read',
  'policies:write',
  'audit:read',
  'audit:write',
  'approvals:read',
  'approvals:write',
  'limits:read',
  'limits:write',
  'tasks:read',
  'tasks:write',
  'dependencies:read',
  'dependencies:write',
  'handoffs:read',
  'handoffs:write',
  'conflicts:read',
  'conflicts:write',
] as const;
export type Scope = (typeof scopes)[number];

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Schema = z.ZodType;
type Fields = z.ZodObject;

/** One route, declared once: it is routed, authorised, validated and documented from this value. */
export type Route = {
  method: Method;
  /** Below `/v1`, with `{name}` parameters. */
  path: `/${string}`;
  summary: string;
  /** Scope that the token must carry; `null` makes the route public (no token at all). */
  scope: Scope | null;
  /** Kinds of principal that may call; all when absent. */
  principals?: readonly PrincipalKind[];
  params?: Fields;
  query?: Fields;
  body?: Schema;
  /** Media types of the body; JSON when absent. */
  consumes?: readonly ('application/json' | 'application/yaml' | 'application/merge-patch+json')[];
  /** Largest body in bytes; what fits a record where absent. */
  maxBytes?: number;
  ok: Schema;
  /** Media types of the answer; JSON when absent. A route that offers others answers with a string body. */
  produces?: readonly string[];
  status?: 200 | 201;
  errors: readonly ProblemCode[];
  /** The answer carries an ETag; a change of it must present If-Match. */
  etag?: boolean;
  ifMatch?: boolean;
  /** A success may say when to try again: what it recorded was a denial for the time being. */
  retryAfter?: boolean;
  /** Seconds for which the answer may be cached by the gateway and by clients. */
  cacheSeconds?: number;
};

export type Routes = Readonly<Record<string, Route>>;

/** Keeps the literal types of a slice's routes; the only way to declare them. */
export const defineRoutes = <const R extends Routes>(routes: R): R => routes;

/** An event type: its name, and the shape of `data` in the CloudEvent. */
export type EventType<T extends string = string, D extends Schema = Schema> = { type: T; data: D; summary: string };

/** The only constructor of an event type. `type` is `orchestra.<noun>.<past-verb>.v<n>`. */
export const defineEvent = <const T extends `orchestra.${string}.${string}.v${number}`, D extends z.ZodObject>(
  type: T,
  summary: string,
  data: D,
): EventType<T, D> => ({ type, data, summary });

/** A typed fact to be published: made by `fact`, carried by the ledger entry, published by the relay. */
export type Fact = { type: string; data: Record<string, unknown> };

/** Builds the event of a ledger entry; refuses data that does not fit its type, so a bad event never gets recorded. */
export const fact = <T extends string, D extends Schema>(event: EventType<T, D>, data: z.input<D>): Fact => ({
  type: event.type,
  data: event.data.parse(data) as Record<string, unknown>,
});

/** Domains (or `enterprise`) that an event concerns; those other than its own get it through the enterprise bus. */
export const Concerns = z
  .array(z.string())
  .max(20)
  .meta({ description: 'Domains that the event concerns, or `enterprise`.' });

/** `limit` and `cursor` of every list. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(25).meta({ description: 'Most items in the answer.' }),
  cursor: z.string().min(1).max(2048).optional().meta({ description: 'Opaque; `next_cursor` of the page before.' }),
});

/** Answer of every list: the items, and the cursor of the next page while there may be more. */
export const pageOf = <S extends Schema>(item: S) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().optional() });

export type Page<T> = { items: T[]; next_cursor?: string | undefined };
