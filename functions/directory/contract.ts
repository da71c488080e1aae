import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery, PrincipalKind } from '../shared/contract.ts';
import { DomainId, PrincipalId, TeamId } from '../shared/ids.ts';
import { Status } from '../shared/principal.ts';
import {
  AgentPatch,
  DomainPatch,
  NewAgent,
  NewDomain,
  NewOfficer,
  NewTeam,
  OfficerPatch,
  OrganizationDocument,
  TeamPatch,
} from './commands.ts';
import { presenceRoutes, SeenAgent, SeenPrincipal } from './presence-contract.ts';
import { Domain, ImportResult, Officer, Organization, SkillName, Team } from './records.ts';

export * from './commands.ts';
export * from './events.ts';
export * from './presence-contract.ts';
export * from './records.ts';

const read = { method: 'GET', scope: 'directory:read' } as const;
const create = { method: 'POST', scope: 'directory:write', status: 201 } as const;
const change = {
  method: 'PATCH',
  scope: 'directory:write',
  consumes: ['application/json', 'application/merge-patch+json'],
  etag: true,
  ifMatch: true,
} as const;
const governors = ['enterprise_orchestrator', 'human'] as const;
const leaders = ['domain_orchestrator', ...governors] as const;
const created = ['AlreadyExists', 'VersionConflict', 'OutsideOwnDomain', 'RoleMissing'] as const;
const changed = [
  'NotFound',
  'PreconditionRequired',
  'PreconditionFailed',
  'VersionConflict',
  'StatusChangeRefused',
  'OutsideOwnDomain',
  'RoleMissing',
] as const;

const agent = z.strictObject({ id: PrincipalId });
const team = z.strictObject({ id: TeamId });
const domain = z.strictObject({ id: DomainId });

export const AgentQuery = PageQuery.extend({
  domain: DomainId.optional(),
  team: TeamId.optional(),
  skill: SkillName.optional(),
  status: Status.optional(),
});
export const TeamQuery = PageQuery.extend({ domain: DomainId.optional(), status: Status.optional() });
export const OfficerQuery = PageQuery.extend({ kind: PrincipalKind.optional(), status: Status.optional() });
const ImportQuery = z.strictObject({
  dry_run: z
    .literal(['true', 'false'])
    .default('false')
    .meta({ description: 'Answer what would be done; do nothing.' }),
});

const recordRoutes = defineRoutes({
  listAgents: {
    ...read,
    path: '/agents',
    summary: 'Agents by domain, team, skill and status; a page may be short',
    query: AgentQuery,
    ok: pageOf(SeenAgent),
    errors: ['InvalidCursor'],
  },
  registerAgent: {
    ...create,
    path: '/agents',
    summary: 'Register an agent in a team',
    principals: leaders,
    body: NewAgent,
    ok: SeenAgent,
    etag: true,
    errors: created,
  },
  getAgent: {
    ...read,
    path: '/agents/{id}',
    summary: 'One agent',
    params: agent,
    ok: SeenAgent,
    etag: true,
    errors: ['NotFound'],
  },
  changeAgent: {
    ...change,
    path: '/agents/{id}',
    summary: 'Change an agent, its team or its status',
    principals: leaders,
    params: agent,
    body: AgentPatch,
    ok: SeenAgent,
    errors: changed,
  },
  listTeams: {
    ...read,
    path: '/teams',
    summary: 'Teams by domain and status; a page may be short',
    query: TeamQuery,
    ok: pageOf(Team),
    errors: ['InvalidCursor'],
  },
  addTeam: {
    ...create,
    path: '/teams',
    summary: 'Add a team to a domain',
    principals: leaders,
    body: NewTeam,
    ok: Team,
    etag: true,
    errors: created,
  },
  getTeam: {
    ...read,
    path: '/teams/{id}',
    summary: 'One team',
    params: team,
    ok: Team,
    etag: true,
    errors: ['NotFound'],
  },
  changeTeam: {
    ...change,
    path: '/teams/{id}',
    summary: 'Change a team or its status',
    principals: leaders,
    params: team,
    body: TeamPatch,
    ok: Team,
    errors: changed,
  },
  listDomains: {
    ...read,
    path: '/domains',
    summary: 'Domains',
    query: PageQuery,
    ok: pageOf(Domain),
    errors: ['InvalidCursor'],
  },
  addDomain: {
    ...create,
    path: '/domains',
    summary: 'Add a domain that the deployment has an event bus for',
    principals: governors,
    body: NewDomain,
    ok: Domain,
    etag: true,
    errors: [...created, 'DomainNotProvisioned'],
  },
  getDomain: {
    ...read,
    path: '/domains/{id}',
    summary: 'One domain',
    params: domain,
    ok: Domain,
    etag: true,
    errors: ['NotFound'],
  },
  changeDomain: {
    ...change,
    path: '/domains/{id}',
    summary: 'Change a domain, its orchestrator or its status',
    principals: leaders,
    params: domain,
    body: DomainPatch,
    ok: Domain,
    errors: changed,
  },
  listOfficers: {
    ...read,
    path: '/principals',
    summary: 'Orchestrators and humans by kind and status; agents are at /agents',
    query: OfficerQuery,
    ok: pageOf(Officer),
    errors: ['InvalidCursor'],
  },
  registerOfficer: {
    ...create,
    path: '/principals',
    summary: 'Register an orchestrator or a human',
    principals: governors,
    body: NewOfficer,
    ok: Officer,
    etag: true,
    errors: created,
  },
  getPrincipal: {
    ...read,
    path: '/principals/{id}',
    summary: 'One principal of any kind',
    params: agent,
    ok: SeenPrincipal,
    etag: true,
    errors: ['NotFound'],
  },
  changeOfficer: {
    ...change,
    path: '/principals/{id}',
    summary: 'Change an orchestrator or a human; agents are changed at /agents/{id}',
    principals: governors,
    params: agent,
    body: OfficerPatch,
    ok: Officer,
    errors: changed,
  },
  getOrganization: {
    ...read,
    path: '/organization',
    summary: 'The organization with its counts',
    ok: Organization,
    errors: ['NotFound'],
  },
  importOrganization: {
    method: 'PUT',
    scope: 'directory:write',
    path: '/organization',
    summary: 'Import a whole organization: create, change and retire until the directory is as the document says',
    principals: governors,
    query: ImportQuery,
    consumes: ['application/json', 'application/yaml'],
    // An organization of some 20,000 agents.
    maxBytes: 4 * 1024 * 1024,
    // Any other body is taken too, so that one answer can name the faults of form and of reference together.
    body: z.union([OrganizationDocument, z.unknown()]),
    ok: ImportResult,
    errors: ['OrganizationInvalid', 'VersionConflict', 'AlreadyExists', 'RoleMissing'],
  },
});

export const routes = { ...recordRoutes, ...presenceRoutes };
