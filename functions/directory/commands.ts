import * as z from 'zod';
import { DomainId, PrincipalId, TeamId } from '../shared/ids.ts';
import { Status } from '../shared/principal.ts';
import { Capacity, ClientId, CostRate, Name, Owner, Roles, Skills, TokenSubject, Tools } from './records.ts';

/** Names that the audit trail and event routing give to nobody and to our own functions. */
const reserved = new Set(['anonymous', 'unnamed', 'enterprise']);
const unreserved = (id: string): boolean => !reserved.has(id) && !id.startsWith('orchestra_');
const taken = 'is reserved';

const NewPrincipalId = PrincipalId.refine(unreserved, taken);
const NewTeamId = TeamId.refine(unreserved, taken);
const NewDomainId = DomainId.refine(unreserved, taken);

/** Recorded with the change. */
const reason = z.string().trim().min(1).max(500).optional();

export const NewDomain = z.strictObject({ id: NewDomainId, name: Name }).meta({ id: 'NewDomain' });
export type NewDomain = z.output<typeof NewDomain>;
export const DomainPatch = z
  .strictObject({ name: Name, orchestrator: PrincipalId.nullable(), status: Status })
  .partial()
  .extend({ reason })
  .meta({ id: 'DomainPatch' });
export type DomainPatch = z.output<typeof DomainPatch>;

export const NewTeam = z
  .strictObject({ id: NewTeamId, name: Name, domain: DomainId, client_id: ClientId.optional() })
  .meta({ id: 'NewTeam' });
export type NewTeam = z.output<typeof NewTeam>;
export const TeamPatch = z
  .strictObject({ name: Name, client_id: ClientId.nullable(), status: Status })
  .partial()
  .extend({ reason })
  .meta({ id: 'TeamPatch' });
export type TeamPatch = z.output<typeof TeamPatch>;

export const NewAgent = z
  .strictObject({
    id: NewPrincipalId,
    name: Name,
    team: TeamId,
    domain: DomainId.optional().meta({ description: 'That of the team; refused when it differs.' }),
    skills: Skills.default([]),
    approved_tools: Tools.default([]),
    roles: Roles.default([]),
    capacity: Capacity,
    cost_rate_micro_usd_per_hour: CostRate,
    owner: Owner,
    client_id: ClientId.optional(),
  })
  .meta({ id: 'NewAgent' });
export type NewAgent = z.output<typeof NewAgent>;
export const AgentPatch = z
  .strictObject({
    name: Name,
    team: TeamId,
    skills: Skills,
    approved_tools: Tools,
    roles: Roles,
    capacity: Capacity,
    cost_rate_micro_usd_per_hour: CostRate,
    owner: Owner,
    client_id: ClientId.nullable(),
    status: Status,
  })
  .partial()
  .extend({ reason })
  .meta({ id: 'AgentPatch' });
export type AgentPatch = z.output<typeof AgentPatch>;

const bound = { id: NewPrincipalId, name: Name, client_id: ClientId };
const NewHuman = z.strictObject({ ...bound, roles: Roles, subject: TokenSubject.optional() });
const NewOrchestrator = z.strictObject(bound);

export const NewOfficer = z
  .discriminatedUnion('kind', [
    NewOrchestrator.extend({ kind: z.literal('domain_orchestrator'), domain: DomainId }),
    NewOrchestrator.extend({ kind: z.literal('enterprise_orchestrator') }),
    NewHuman.extend({ kind: z.literal('human') }),
  ])
  .meta({ id: 'NewOfficer' });
export type NewOfficer = z.output<typeof NewOfficer>;
export const OfficerPatch = z
  .strictObject({ name: Name, client_id: ClientId, subject: TokenSubject.nullable(), roles: Roles, status: Status })
  .partial()
  .extend({ reason })
  .meta({ id: 'OfficerPatch' });
export type OfficerPatch = z.output<typeof OfficerPatch>;

/** The whole organization as its owners write it. Status is not part of it: that is what happened since. */
export const OrganizationDocument = z
  .strictObject({
    enterprise: z.strictObject({ name: Name }),
    enterprise_orchestrator: NewOrchestrator,
    domains: z
      .array(NewDomain.extend({ orchestrator: NewOrchestrator }))
      .min(1)
      .max(20),
    teams: z.array(NewTeam).max(2_000),
    agents: z.array(NewAgent).max(20_000),
    humans: z.array(NewHuman).max(500),
  })
  .meta({ id: 'OrganizationDocument' });
export type OrganizationDocument = z.output<typeof OrganizationDocument>;
