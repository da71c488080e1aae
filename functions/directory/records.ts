import * as z from 'zod';
import { PrincipalKind } from '../shared/contract.ts';
import { DomainId, PrincipalId, Slug, TeamId, Timestamp } from '../shared/ids.ts';
import { Status } from '../shared/principal.ts';

/** Shown to people; what is compared is the id. */
export const Name = z
  .string()
  .max(128)
  .regex(/^\S(.*\S)?$/, 'must be one line with no space at its ends');

/** Client of the identity provider with which a runtime asks for tokens. */
export const ClientId = z
  .string()
  .regex(/^[A-Za-z0-9_+.:@/-]{1,128}$/, 'must be 1 to 128 of A-Z, a-z, 0-9 and _+.:@/-')
  .meta({ id: 'ClientId', description: 'Client of the identity provider that the tokens are issued to.' });

/** A person, as their identity provider names them: `sub` of the token of whoever signed in. */
export const TokenSubject = z
  .string()
  .regex(/^[A-Za-z0-9_+.:@/|=-]{1,255}$/, 'must be 1 to 255 of A-Z, a-z, 0-9 and _+.:@/|=-')
  .meta({ id: 'TokenSubject', description: 'The person: `sub` of the tokens that they get when they sign in.' });

export const SkillName = z
  .string()
  .regex(/^[a-z][a-z0-9+._-]{0,63}$/, 'must be lower case, 1 to 64 of a-z, 0-9 and +._-, starting with a letter')
  .meta({ id: 'SkillName', example: 'typescript' });

export const Skill = z
  .strictObject({
    name: SkillName,
    proficiency: z.int().min(1).max(5).meta({ description: '1 is a beginner, 5 an expert.' }),
  })
  .meta({ id: 'Skill' });
export type Skill = z.output<typeof Skill>;

/** At most 20, so that a change of all of them, with its pointer rows, fits one transaction. */
export const Skills = z
  .array(Skill)
  .max(20)
  .superRefine((skills, context) => {
    for (const [index, { name }] of skills.entries()) {
      const first = skills.findIndex((skill) => skill.name === name);
      if (first < index) context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name} is named twice` });
    }
  });

export const Tools = z
  .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 characters, none blank'))
  .max(256);
export const Roles = z.array(z.string().regex(/^[a-z][a-z0-9_]{1,63}$/)).max(32);
export const Capacity = z
  .int()
  .min(1)
  .max(1000)
  .meta({ description: 'Tasks that it works on at the same time, at most.' });
export const CostRate = z.int().min(0).max(1_000_000_000_000).meta({ description: 'Micro-dollars per hour of work.' });

/** A value that has the form of an id is one: it must name a human. Anything else is text for people to read. */
export const Owner = Name.meta({
  description: 'Id of a human in the directory, or text such as a name with an address.',
});
export const namesPrincipal = (owner: string): boolean => Slug.safeParse(owner).success;

const version = z.int().min(1);

export const Enterprise = z
  .strictObject({ id: z.literal('enterprise'), name: Name, status: Status, version })
  .meta({ id: 'Enterprise' });
export type Enterprise = z.output<typeof Enterprise>;

export const Domain = z
  .strictObject({ id: DomainId, name: Name, status: Status, orchestrator: PrincipalId.optional(), version })
  .meta({ id: 'Domain' });
export type Domain = z.output<typeof Domain>;

export const Team = z
  .strictObject({ id: TeamId, name: Name, domain: DomainId, client_id: ClientId.optional(), status: Status, version })
  .meta({ id: 'Team' });
export type Team = z.output<typeof Team>;

const common = { id: PrincipalId, name: Name, status: Status };
const history = { version, created_at: Timestamp, updated_at: Timestamp };

/** As it is registered. Whether it is there is kept apart, and shown with it: see `SeenAgent`. */
export const Agent = z.object({
  ...common,
  kind: z.literal('agent'),
  domain: DomainId,
  team: TeamId,
  skills: Skills,
  approved_tools: Tools,
  roles: Roles,
  capacity: Capacity,
  cost_rate_micro_usd_per_hour: CostRate,
  owner: Owner,
  client_id: ClientId.optional().meta({ description: 'Overrides the client of the team.' }),
  ...history,
});
export type Agent = z.output<typeof Agent>;

export const DomainOrchestrator = z
  .strictObject({
    ...common,
    kind: z.literal('domain_orchestrator'),
    domain: DomainId,
    client_id: ClientId,
    ...history,
  })
  .meta({ id: 'DomainOrchestrator' });
export type DomainOrchestrator = z.output<typeof DomainOrchestrator>;

export const EnterpriseOrchestrator = z
  .strictObject({ ...common, kind: z.literal('enterprise_orchestrator'), client_id: ClientId, ...history })
  .meta({ id: 'EnterpriseOrchestrator' });
export type EnterpriseOrchestrator = z.output<typeof EnterpriseOrchestrator>;

export const Human = z
  .strictObject({
    ...common,
    kind: z.literal('human'),
    roles: Roles.meta({ description: 'Such as `board_member`, `auditor`, `on_call`, `operator`, `data_protection`.' }),
    client_id: ClientId,
    subject: TokenSubject.optional().meta({ description: 'Without it, whoever holds a token of the client.' }),
    ...history,
  })
  .meta({ id: 'Human' });
export type Human = z.output<typeof Human>;

/** Everyone but the agents: few, and above the teams. */
export const Officer = z
  .discriminatedUnion('kind', [DomainOrchestrator, EnterpriseOrchestrator, Human])
  .meta({ id: 'Officer' });
export type Officer = z.output<typeof Officer>;

export const Principal = z.discriminatedUnion('kind', [Agent, DomainOrchestrator, EnterpriseOrchestrator, Human]);
export type Principal = z.output<typeof Principal>;

const count = z.int().min(0);

/** The organization without its agents, who are many: those are counted, and listed at `/agents`. */
export const Organization = z
  .strictObject({
    enterprise: Enterprise,
    domains: z.array(Domain),
    teams: z.array(Team),
    officers: z.array(Officer).meta({ description: 'Orchestrators and humans.' }),
    counts: z.strictObject({
      domains: count,
      teams: count,
      officers: count,
      agents: z.record(Status, count),
      complete: z.boolean().meta({ description: 'False when there is more than one answer can hold or count.' }),
    }),
  })
  .meta({ id: 'Organization' });
export type Organization = z.output<typeof Organization>;

export const RecordName = z
  .strictObject({ kind: z.literal(['enterprise', 'domain', 'team', ...PrincipalKind.values]), id: z.string() })
  .meta({ id: 'RecordName' });
export type RecordName = z.output<typeof RecordName>;

export const ImportResult = z
  .strictObject({
    import_id: z
      .string()
      .nullable()
      .meta({ description: 'Subject of the audit entry; null when nothing was written.' }),
    dry_run: z.boolean(),
    digest: z.string().meta({ description: 'SHA-256 of the canonical JSON of the document; the same for YAML.' }),
    created: z.array(RecordName),
    changed: z.array(RecordName),
    retired: z.array(RecordName),
    unchanged_count: count,
  })
  .meta({ id: 'ImportResult' });
export type ImportResult = z.output<typeof ImportResult>;

export const isOfficer = (principal: Principal): principal is Officer => principal.kind !== 'agent';
