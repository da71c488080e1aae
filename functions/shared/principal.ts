import * as z from 'zod';
import { type Level, type PrincipalKind, PrincipalKind as Kind } from './contract.ts';
import type { Item, Key, Write } from './dynamo.ts';
import { digestOf } from './digest.ts';
import { type ProblemCode, problems } from './errors.ts';

/** Status of a principal, a team, a domain or the enterprise. */
export const Status = z.literal(['active', 'paused', 'contained', 'retired']).meta({ id: 'Status' });
export type Status = z.output<typeof Status>;

/** Keys of the directory that admission reads; the directory's store writes the same ones. */
export const admissionKeys = {
  /** D1 One principal: who it is, its status and what it is bound to. */
  principal: (id: string): Key => ({ pk: `directory#principal#${id}`, sk: 'principal' }),
  /** D2 One team, with its status. */
  team: (id: string): Key => ({ pk: `directory#team#${id}`, sk: 'team' }),
  /** D3 One domain, with its status. */
  domain: (id: string): Key => ({ pk: `directory#domain#${id}`, sk: 'domain' }),
  /** D4 The enterprise, with its status. */
  enterprise: (): Key => ({ pk: 'directory#enterprise', sk: 'enterprise' }),
} as const;

/** The part of a stored principal that admission relies on. */
const StoredPrincipal = z.object({
  id: z.string(),
  name: z.string(),
  kind: Kind,
  status: Status,
  domain: z.string().optional(),
  team: z.string().optional(),
  client_id: z.string().optional(),
  subject: z.string().optional(),
  roles: z.array(z.string()).default([]),
  approved_tools: z.array(z.string()).default([]),
});
type StoredPrincipal = z.output<typeof StoredPrincipal>;
const StoredUnit = z.object({ status: Status, client_id: z.string().optional() });

/** The authorizer's word that the token does not hold, and why. */
export const TokenProblem = z.object({
  problem: z.literal(Object.keys(problems) as ProblemCode[]).refine((code) => problems[code][0] === 401),
});

/** What the authorizer vouches for, as API Gateway hands it on. Nothing here is fresher than its cache. */
export const Presented = z.object({
  client_id: z.string().min(1),
  /** `sub` of the token: the person, where one signed in. */
  subject: z.string().min(1),
  scopes: z.string(),
  /** End of the token's life, seconds since the epoch: the cached answer may outlive it. */
  expires_at: z.coerce.number().int(),
  /** Home of the principal when the authorizer looked; a hint that saves a round trip, never trusted. */
  domain: z.string().optional(),
  team: z.string().optional(),
});
export type Presented = z.output<typeof Presented>;

/** A principal as the directory has it. */
export type Standing = {
  id: string;
  name: string;
  kind: PrincipalKind;
  level: Level;
  /** `enterprise` for those who belong to no single domain. */
  domain: string;
  team?: string;
  roles: readonly string[];
  approved_tools: readonly string[];
};

/** A principal that was admitted: known, bound to the token's client and subject, and stopped by nobody. */
export type Actor = Standing & {
  /** What proved who this is. Two principals behind one credential cannot be told apart. */
  credential: string;
};

/** Level at which each kind stands. */
export const levelOf = {
  agent: 'agent',
  domain_orchestrator: 'domain',
  enterprise_orchestrator: 'enterprise',
  human: 'board',
} as const satisfies Record<PrincipalKind, Level>;

/** Where a principal stands: none of the two for those who belong to the enterprise. */
export type Home = { domain?: string | undefined; team?: string | undefined };
/** An actor, and where it stands. */
export const homeOf = ({ id, domain, team }: Actor): Home & { id: string } => ({
  id,
  team,
  domain: domain === 'enterprise' ? undefined : domain,
});

type Read = (keys: readonly Key[]) => Promise<(Item | undefined)[]>;

export type Admission = {
  /** The refusal, if the principal is not to act; the actor if it is. */
  outcome: { kind: 'admitted'; actor: Actor } | { kind: 'refused'; code: ProblemCode; domain: string };
  /** The records asked for by the route, in order. */
  extra: (Item | undefined)[];
};

/**
 * Reads, in one consistent batch, the principal, the status of everything above it, and whatever else the route needs.
 * A principal that moved since the authorizer looked costs a second read; nothing stale is ever used.
 */
export async function admit(
  read: Read,
  id: string,
  presented: Presented,
  extraKeys: (home: Home) => readonly Key[],
): Promise<Admission> {
  const hint: Home = { domain: presented.domain, team: presented.team };
  const first = await readHome(read, id, hint, extraKeys(hint));
  const stored = StoredPrincipal.safeParse(first.principal);
  if (!stored.success) return { outcome: refusal('PrincipalUnknown', 'enterprise'), extra: first.extra };
  const home: Home = { domain: stored.data.domain, team: stored.data.team };
  const moved = home.domain !== hint.domain || home.team !== hint.team;
  const { units, extra } = moved ? await readHome(read, id, home, extraKeys(home)) : first;
  return { outcome: judge(stored.data, units, presented), extra };
}

async function readHome(read: Read, id: string, home: Home, extraKeys: readonly Key[]) {
  const keys = [admissionKeys.principal(id), ...unitKeys(home)];
  const items = await read([...keys, ...extraKeys]);
  return { principal: items[0], units: items.slice(1, keys.length), extra: items.slice(keys.length) };
}

const unitKeys = (home: Home): Key[] => [
  admissionKeys.enterprise(),
  ...(home.domain ? [admissionKeys.domain(home.domain)] : []),
  ...(home.team ? [admissionKeys.team(home.team)] : []),
];

const refusal = (code: ProblemCode, domain: string) => ({ kind: 'refused', code, domain }) as const;

function judge(
  principal: StoredPrincipal,
  units: readonly (Item | undefined)[],
  presented: Presented,
): Admission['outcome'] {
  const domain = principal.domain ?? 'enterprise';
  const parsed = units.map((unit) => StoredUnit.safeParse(unit).data);
  // A unit that cannot be read is no permission: deny by default.
  if (parsed.some((unit) => unit === undefined)) return refusal('PrincipalUnknown', domain);
  const teamClient = principal.team ? parsed.at(-1)?.client_id : undefined;
  const { client_id: clientId, subject } = presented;
  const isBound = (principal.client_id ?? teamClient) === clientId && (principal.subject ?? subject) === subject;
  if (!isBound) return refusal('PrincipalNotBound', domain);
  const code = stopped(principal, parsed);
  if (code !== undefined) return refusal(code, domain);
  return { kind: 'admitted', actor: { ...standingOf(principal), credential: credentialOf(presented) } };
}

/** Who signed in is the same whatever client the token was issued to; where nobody did, the client speaks for itself. */
const credentialOf = ({ client_id: clientId, subject }: Presented): string =>
  subject === clientId ? `client#${clientId}` : `subject#${subject}`;

type Unit = z.output<typeof StoredUnit> | undefined;

/** What stops a principal: its own status, or that of its team, its domain or the enterprise. */
function stopped(principal: StoredPrincipal, units: readonly Unit[]): ProblemCode | undefined {
  // Humans stand outside the fleet: were they stopped with it, nobody could lift a containment of the enterprise.
  const above = principal.kind === 'human' ? [] : units.map((unit) => unit?.status);
  const statuses = new Set([principal.status, ...above]);
  if (statuses.has('contained')) return 'PrincipalContained';
  if (statuses.has('retired')) return 'PrincipalRetired';
  return statuses.has('paused') ? 'PrincipalPaused' : undefined;
}

function standingOf(principal: StoredPrincipal): Standing {
  const { id, name, kind, roles, approved_tools, team, domain = 'enterprise' } = principal;
  return { id, name, kind, level: levelOf[kind], domain, ...(team ? { team } : {}), roles, approved_tools };
}

/** Tells one person from another, by what proved who it is: a rule about distinct people compares this, not names. */
export const personOf = ({ kind, credential }: Pick<Actor, 'kind' | 'credential'>): string | null =>
  kind === 'human' ? digestOf({ credential }) : null;

/**
 * Principals who do not ask themselves, as they are now, by id. One that is unknown, or that is stopped by its own status or
 * that of anything above it, is not in the answer.
 */
export async function standing(read: Read, ids: readonly string[]): Promise<Map<string, Standing>> {
  const unique = [...new Set(ids)];
  if (unique.length === 0) return new Map();
  const items = await read(unique.map((id) => admissionKeys.principal(id)));
  const stored = items.flatMap((item) => StoredPrincipal.safeParse(item).data ?? []);
  const homes = stored.map(({ domain, team }) => unitKeys({ domain, team }));
  const units = await read(homes.flat());
  const active = stored.filter((principal, at) => {
    const before = homes.slice(0, at).flat().length;
    const above = units.slice(before, before + (homes[at]?.length ?? 0)).map((unit) => StoredUnit.safeParse(unit).data);
    return above.every((unit) => unit !== undefined) && stopped(principal, above) === undefined;
  });
  return new Map(active.map((principal) => [principal.id, standingOf(principal)]));
}

/** Domain of a principal, whatever its status, `enterprise` for one above the domains; undefined for one that is unknown. */
export async function domainOf(read: Read, id: string): Promise<string | undefined> {
  const [item] = await read([admissionKeys.principal(id)]);
  const stored = StoredPrincipal.safeParse(item).data;
  return stored && (stored.domain ?? 'enterprise');
}

/** Who may read what a principal asked for: itself, its domain's orchestrator, and those above. */
export function mayRead(record: { proposed_by: string; domain: string }, reader: Actor): boolean {
  if (reader.level === 'agent') return record.proposed_by === reader.id;
  return reader.level !== 'domain' || record.domain === reader.domain;
}

const governingRoles: ReadonlySet<string> = new Set(['operator', 'board_member']);

/** Whether a human has a part in governing, and so stands above the orchestrators. */
export const governs = ({ roles }: Pick<Actor, 'roles'>): boolean => roles.some((role) => governingRoles.has(role));

/** Why somebody may not say what becomes of the work of a team; undefined where they may: its agents, and whoever stands above it. */
export function teamFault(
  who: Pick<Actor, 'kind' | 'domain' | 'team' | 'roles'>,
  { domain, team }: { domain: string; team: string },
): ProblemCode | undefined {
  switch (who.kind) {
    case 'agent':
      return who.team === team ? undefined : 'OutsideOwnTeam';
    case 'domain_orchestrator':
      return who.domain === domain ? undefined : 'OutsideOwnDomain';
    case 'enterprise_orchestrator':
      return undefined;
    case 'human':
      return governs(who) ? undefined : 'RoleMissing';
  }
}

/** Member of a transaction that is refused unless a principal is active itself. */
export const activeNow = (id: string): Write => ({
  kind: 'require',
  key: admissionKeys.principal(id),
  where: [{ path: 'status', is: 'active' }],
});
