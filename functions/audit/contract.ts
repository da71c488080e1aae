import * as z from 'zod';
import { Concerns, defineEvent, defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { DomainId, EntryId, PrincipalId, TaskId, Timestamp } from '../shared/ids.ts';
import { Entry } from '../shared/ledger.ts';
import { DataSubject } from '../shared/sealed-text.ts';
import { evidenceRoutes } from './evidence-contract.ts';
import { subjectRoutes } from './subjects-contract.ts';

export { SignedCheckpoint } from './evidence-contract.ts';

export const HoldId = z
  .string()
  .regex(/^hld_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .meta({ id: 'HoldId' });

/** What an entry is about, `<kind>/<id>`, such as `decision/dec_0192…`. */
export const Subject = z
  .string()
  .max(300)
  .regex(/^[a-z][a-z0-9_-]{0,63}\/[\x21-\x7e]{1,235}$/)
  .meta({ id: 'Subject', example: 'agent/agt_checkout_1' });

const reason = z.string().trim().min(1).max(2_000);

/** Which entries are meant: those of one agent, one domain, one subject or one task. */
export const Selector = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('agent'), value: PrincipalId }),
    z.strictObject({ by: z.literal('domain'), value: DomainId }),
    z.strictObject({ by: z.literal('subject'), value: Subject }),
    z.strictObject({ by: z.literal('task'), value: TaskId }),
  ])
  .meta({ id: 'AuditSelector' });
export type Selector = z.output<typeof Selector>;

const range = {
  from: Timestamp.optional().meta({ description: 'First instant of the range, inclusive.' }),
  to: Timestamp.optional().meta({ description: 'End of the range, exclusive.' }),
};

/** Suspends the expiry of the entries that it covers while it is active. */
export const Hold = z
  .strictObject({
    id: HoldId,
    version: z.int().min(1),
    state: z.literal(['active', 'released']),
    selector: Selector,
    from: Timestamp.nullable(),
    to: Timestamp.nullable(),
    reason: z.string(),
    placed_by: PrincipalId,
    placed_at: Timestamp,
    released_by: PrincipalId.nullable(),
    released_at: Timestamp.nullable(),
    release_reason: z.string().nullable(),
  })
  .meta({ id: 'LegalHold' });
export type Hold = z.output<typeof Hold>;

export const NewHold = z
  .strictObject({ selector: Selector, ...range, reason })
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'A hold whose range is empty would hold nothing.',
  })
  .meta({ id: 'NewLegalHold' });
export type NewHold = z.output<typeof NewHold>;

const selection = {
  agent: PrincipalId.optional(),
  domain: DomainId.optional(),
  subject: Subject.optional(),
  task: TaskId.optional(),
  data_subject: DataSubject.optional().meta({
    description:
      'For humans with role `auditor`, `board_member`, `operator` or `data_protection`; then nothing is held back.',
  }),
  action_type: Entry.shape.action_type.optional(),
  ...range,
};

export const EntryQuery = PageQuery.extend(selection);
export const ExportQuery = EntryQuery.extend({
  format: z.literal(['ndjson', 'ocsf']).default('ndjson'),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000).meta({ description: 'Most lines in the answer.' }),
});
export type ExportQuery = z.output<typeof ExportQuery>;

const selectable = ['SelectorMissing', 'OutsideOwnDomain', 'RoleMissing', 'InvalidCursor'] as const;
const hold = z.strictObject({ id: HoldId });

export const routes = defineRoutes({
  listEntries: {
    method: 'GET',
    path: '/audit/entries',
    summary:
      'Entries of one agent, domain, subject, task or data subject, newest first. A page may be short, or empty, and still have a ' +
      'next one: the work behind a page is bounded. Without `from`, a domain is read 90 days back',
    scope: 'audit:read',
    query: EntryQuery,
    ok: pageOf(Entry),
    errors: selectable,
  },
  getEntry: {
    method: 'GET',
    path: '/audit/entries/{id}',
    summary: 'One entry',
    scope: 'audit:read',
    params: z.strictObject({ id: EntryId }),
    ok: Entry,
    errors: ['NotFound'],
  },
  exportEntries: {
    method: 'GET',
    path: '/audit/exports',
    summary:
      'The same entries as lines of JSON: as they are (`ndjson`) or as OCSF 1.8 API Activity (`ocsf`). The next page ' +
      'is at the `Link` header with rel="next"',
    scope: 'audit:read',
    query: ExportQuery,
    ok: z.string(),
    produces: ['application/x-ndjson'],
    errors: selectable,
  },
  placeHold: {
    method: 'POST',
    path: '/audit/holds',
    summary: 'Place a legal hold: what it covers does not expire until it is released',
    scope: 'audit:write',
    principals: ['human'],
    body: NewHold,
    ok: Hold,
    status: 201,
    etag: true,
    errors: [],
  },
  listHolds: {
    method: 'GET',
    path: '/audit/holds',
    summary: 'Legal holds, newest first',
    scope: 'audit:read',
    principals: ['human', 'enterprise_orchestrator'],
    query: PageQuery,
    ok: pageOf(Hold),
    errors: ['InvalidCursor'],
  },
  releaseHold: {
    method: 'POST',
    path: '/audit/holds/{id}/release',
    summary: 'Release a legal hold; what had expired under it goes',
    scope: 'audit:write',
    principals: ['human'],
    params: hold,
    body: z.strictObject({ reason }),
    ok: Hold,
    etag: true,
    errors: ['NotFound', 'HoldReleased', 'VersionConflict'],
  },
  ...evidenceRoutes,
  ...subjectRoutes,
});

const held = z.object({ hold_id: z.string(), by: z.string(), value: z.string(), concerns: Concerns });

export const holdPlaced = defineEvent(
  'orchestra.hold.placed.v1',
  'A legal hold was placed.',
  held.extend({ placed_by: z.string(), from: z.string().nullable(), to: z.string().nullable() }),
);
export const holdReleased = defineEvent(
  'orchestra.hold.released.v1',
  'A legal hold was released.',
  held.extend({ released_by: z.string() }),
);

/** What a reconciliation of one domain and day counted; entries, each once. */
export const Counts = z.object({
  ledger: z.int().min(0).meta({ description: 'Entries in the ledger.' }),
  archive: z.int().min(0).meta({ description: 'Entries in the archive before it was healed.' }),
  healed: z.int().min(0).meta({ description: 'In the ledger only; archived now.' }),
  different: z.int().min(0).meta({ description: 'In both, with other content.' }),
  expired: z.int().min(0).meta({ description: 'In the archive only, as their time in the ledger is up.' }),
  restored: z.int().min(0).meta({ description: 'In the archive only although they should not be; put back now.' }),
  unsealed: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'In the ledger without a leaf in the Merkle tree; sealed now.' }),
});
export type Counts = z.output<typeof Counts>;

export const archiveReconciled = defineEvent(
  'orchestra.archive.reconciled.v1',
  'The ledger and the archive of a domain and day were counted against each other.',
  z.object({ domain: z.string(), day: z.string(), matched: z.boolean(), counts: Counts, concerns: Concerns }),
);

export * from './subjects-contract.ts';
