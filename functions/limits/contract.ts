import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { Slug, Timestamp } from '../shared/ids.ts';
import { Amount, Dimension, Window } from './consumption-contract.ts';

export * from './consumption-contract.ts';
export * from './events.ts';
export type { LoadedLimits, Limits as LimitsPort, ReservationAsked, Settled } from './reservation-port.ts';

/** What a limit is set on; `default` stands for every domain, team or agent that has no limit of its own. */
export const ScopeKind = z.literal(['enterprise', 'domain', 'team', 'agent', 'default']).meta({ id: 'LimitScopeKind' });
export type ScopeKind = z.output<typeof ScopeKind>;

export const ScopeId = Slug.meta({ id: 'LimitScopeId', example: 'agt_checkout_1' });

/** Names a limit: `team/checkout`, `enterprise/enterprise`, `default/agent`. */
export const Scope = z.strictObject({ kind: ScopeKind, id: ScopeId });
export type Scope = z.output<typeof Scope>;

/** The most that may be consumed of a dimension in each window. Once nothing is left of it, everything stops: at 0 at once. */
export const Quota = z
  .strictObject({ dimension: Dimension, window: Window, amount: Amount })
  .meta({ id: 'Quota', example: { dimension: 'tokens', window: 'day', amount: 1_000_000 } });
export type Quota = z.output<typeof Quota>;

const Quotas = z
  .array(Quota)
  .max(15)
  .refine((quotas) => new Set(quotas.map(({ dimension, window }) => `${dimension} ${window}`)).size === quotas.length, {
    error: 'one quota for each dimension and window',
  });

/** A limit as it is kept. */
export const Limit = z
  .strictObject({
    kind: ScopeKind,
    id: ScopeId,
    version: z.int().min(1),
    quotas: z
      .array(Quota)
      .nullable()
      .meta({ description: 'Null where the default of its kind applies: then only its warnings are kept here.' }),
    revision: z.int().min(0).meta({ description: 'Counts the changes of the quotas.' }),
    warned: z.record(z.string(), z.string()).meta({ description: 'By quota, the last window that was warned about.' }),
    reached: z.record(z.string(), z.string()).meta({ description: 'By quota, the last window that was used up.' }),
    changed_at: Timestamp,
    changed_by: z.string(),
  })
  .meta({ id: 'Limit' });
export type Limit = z.output<typeof Limit>;

/** A quota and what is left of it; null for a default, which nobody uses up. */
export const QuotaUsage = Quota.extend({
  used: Amount.nullable().meta({ description: 'Spent, or reserved by decisions without an outcome.' }),
  remaining: Amount.nullable(),
  resets_at: Timestamp,
}).meta({ id: 'QuotaUsage' });

/** The limit that is in force for a scope, with its usage now. */
export const LimitUsage = z
  .strictObject({
    kind: ScopeKind,
    id: ScopeId,
    version: z.int().min(0).meta({ description: '0 where the scope has no record of its own yet.' }),
    set_by: z.string().nullable().meta({
      description: 'Limit that the quotas are from, itself or a default; null where none is set and all is refused.',
      example: 'default/agent',
    }),
    quotas: z.array(QuotaUsage),
  })
  .meta({ id: 'LimitUsage' });
export type LimitUsage = z.output<typeof LimitUsage>;

const LimitChange = z
  .strictObject({
    quotas: Quotas,
    decision_id: z
      .string()
      .regex(/^dec_[0-9a-f-]{36}$/)
      .optional()
      .meta({
        description:
          'Raising needs it: an allowed `resource_request`, not used yet, about `limit` `<kind>/<id>@<digest>`. The digest is the lower-case hex SHA-256 of the RFC 8785 canonical JSON of these quotas, sorted by `<dimension>_<window>`.',
      }),
  })
  .meta({ id: 'LimitChange' });

export const routes = defineRoutes({
  listLimits: {
    method: 'GET',
    path: '/limits',
    summary: 'Limits that have a record of their own, by kind and id',
    scope: 'limits:read',
    query: PageQuery,
    ok: pageOf(Limit),
    errors: ['InvalidCursor'],
  },
  getLimit: {
    method: 'GET',
    path: '/limits/{kind}/{id}',
    summary: 'The limit in force for a scope, and what is used of it now',
    scope: 'limits:read',
    params: Scope,
    ok: LimitUsage,
    etag: true,
    errors: ['NotFound'],
  },
  setLimit: {
    method: 'PUT',
    path: '/limits/{kind}/{id}',
    summary: 'Set a limit; raising one needs a decision that allows it, lowering binds before it is answered',
    scope: 'limits:write',
    principals: ['domain_orchestrator', 'enterprise_orchestrator', 'human'],
    params: Scope,
    body: LimitChange,
    ok: LimitUsage,
    etag: true,
    ifMatch: true,
    errors: ['NotFound', 'MandateMissing', 'OutsideOwnDomain', 'RoleMissing'],
  },
});
