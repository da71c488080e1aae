import type * as z from 'zod';
import type { PrincipalKind } from '../shared/contract.ts';
import type { Fault } from '../shared/errors.ts';
import { faultsOf } from '../shared/request.ts';
import { OrganizationDocument } from './commands.ts';

type Document = OrganizationDocument;

/** A part of the document: where it is, the texts that it gives, and its content unless that is faulty. */
export type Row<T> = {
  at: string;
  id: string | undefined;
  /** A field, sound or not, if it is text: what refers to something is looked up even where another field is faulty. */
  text: (name: string) => string | undefined;
  value: T | undefined;
};

/** The document part by part, so that a fault in one part hides none in another. */
export type Rows = {
  enterprise: Row<Document['enterprise']>;
  enterpriseOrchestrator: Row<Document['enterprise_orchestrator']>;
  domains: Row<Document['domains'][number]>[];
  /** `/domains/{n}/orchestrator`, in the order of the domains. */
  orchestrators: Row<Document['domains'][number]['orchestrator']>[];
  teams: Row<Document['teams'][number]>[];
  agents: Row<Document['agents'][number]>[];
  humans: Row<Document['humans'][number]>[];
};

/** Pointers of faults are into the request, as everywhere; the document is its body. */
const root = '/body';

/** Beyond this a reader has enough to correct; the answer stays of a size that can be sent. */
export const mostFaults = 1000;

const { shape } = OrganizationDocument;
const domain = shape.domains.element;

/** Takes a body apart. Faults are those of form; rows are whatever is sound. */
export function readDocument(body: unknown): { rows: Rows; faults: Fault[] } {
  const read = OrganizationDocument.safeParse(body);
  const part = (name: keyof Document): unknown => field(body, name);
  const at = (name: keyof Document): string => `${root}/${name}`;
  const rows: Rows = {
    enterprise: row(shape.enterprise, part('enterprise'), at('enterprise')),
    enterpriseOrchestrator: row(
      shape.enterprise_orchestrator,
      part('enterprise_orchestrator'),
      at('enterprise_orchestrator'),
    ),
    domains: rowsOf(domain, part('domains'), at('domains')),
    orchestrators: list(part('domains')).map((one, index) =>
      row(domain.shape.orchestrator, field(one, 'orchestrator'), `${at('domains')}/${index}/orchestrator`),
    ),
    teams: rowsOf(shape.teams.element, part('teams'), at('teams')),
    agents: rowsOf(shape.agents.element, part('agents'), at('agents')),
    humans: rowsOf(shape.humans.element, part('humans'), at('humans')),
  };
  return { rows, faults: read.success ? [] : faultsOf(root, read.error, mostFaults) };
}

/** More rows than a document may have are not looked at: the fault that says so is there already. */
const mostRows = 20_000;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, mostRows) : []);

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;

const rowsOf = <S extends z.ZodType>(schema: S, value: unknown, at: string): Row<z.output<S>>[] =>
  list(value).map((one, index) => row(schema, one, `${at}/${index}`));

function row<S extends z.ZodType>(schema: S, value: unknown, at: string): Row<z.output<S>> {
  const text = (name: string): string | undefined => {
    const found = field(value, name);
    return typeof found === 'string' ? found : undefined;
  };
  return { at, id: text('id'), text, value: schema.safeParse(value).data };
}

/** Ids that rows give, sound or not: what refers to a faulty row does not dangle. */
export const idsOf = (rows: readonly Row<unknown>[]): string[] =>
  rows.map(({ id }) => id).filter((id) => id !== undefined);

export type PrincipalRow = Row<unknown> & { kind: PrincipalKind };
const ofKind =
  (kind: PrincipalKind) =>
  (one: Row<unknown>): PrincipalRow => ({ ...one, kind });

/** Every row that gives a principal. */
export const principalRows = ({ enterpriseOrchestrator, orchestrators, agents, humans }: Rows): PrincipalRow[] => [
  ...[enterpriseOrchestrator].map(ofKind('enterprise_orchestrator')),
  ...orchestrators.map(ofKind('domain_orchestrator')),
  ...agents.map(ofKind('agent')),
  ...humans.map(ofKind('human')),
];
