import type { Fault } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import { newAgent, newDomain, newOfficer, newTeam } from './births.ts';
import { documentFaults, overreach, stateFaults } from './import-faults.ts';
import { idsOf, mostFaults, principalRows, type readDocument, type Row, type Rows } from './import-rows.ts';
import { type DirectoryRecord, merged, revised, type Snapshot, type Transition } from './model.ts';
import type { Domain, Enterprise, Principal, RecordName, Team } from './records.ts';

/** Transitions in the order in which they are written: what others refer to comes first, retirements come last. */
export type Plan = { phases: Transition[][]; unchanged: number };
export type Planned = { kind: 'faults'; faults: Fault[] } | { kind: 'plan'; plan: Plan };
export type Importing = { provisioned: readonly string[]; importer: Actor; now: Date };

/**
 * What an import has to do so that the directory is as the document says; or every fault of the document.
 *
 * What the document does not name is retired, not deleted; domains stay, since each belongs to a deployment. Status is
 * never taken from the document, so an import lifts neither pause nor containment.
 */
export function planImport(
  { rows, faults }: ReturnType<typeof readDocument>,
  current: Snapshot,
  { provisioned, importer, now }: Importing,
): Planned {
  const known = [...faults, ...documentFaults(rows, provisioned), ...stateFaults(rows, current, importer)];
  if (known.length > 0) return refusal(known);
  const plan = difference(rows, current, now);
  const refused = overreach(plan.phases.flat(), rows, current, importer);
  return refused.length > 0 ? refusal(refused) : { kind: 'plan', plan };
}

/** One fault a place: that of form, where there is one, explains those that follow from it. */
function refusal(faults: readonly Fault[]): Planned {
  const byPlace = new Map(faults.toReversed().map((one) => [one.pointer, one]));
  return { kind: 'faults', faults: [...byPlace.values()].toReversed().slice(0, mostFaults) };
}

function difference(rows: Rows, current: Snapshot, now: Date): Plan {
  const wanted = wantedRecords(rows, now);
  const steps = {
    enterprise: settled(wanted.enterprise, current.enterprise ? [current.enterprise] : [], now),
    domains: settled(wanted.domains, current.domains, now),
    teams: settled(wanted.teams, current.teams, now),
    principals: settled(wanted.principals, current.principals, now),
  };
  const total = Object.values(wanted).reduce((sum, records) => sum + records.length, 0);
  const written = Object.values(steps).reduce((sum, records) => sum + records.length, 0);
  return {
    phases: [
      [
        ...steps.enterprise.map((step): Transition => ({ of: 'enterprise', ...step })),
        ...steps.domains.map((step): Transition => ({ of: 'domain', ...step })),
      ],
      steps.teams.map((step): Transition => ({ of: 'team', ...step })),
      steps.principals.map((step): Transition => ({ of: 'principal', ...step })),
      retirements(rows, current, now),
    ],
    unchanged: total - written,
  };
}

const values = <T>(rows: readonly Row<T>[]): T[] =>
  rows.map(({ value }) => value).filter((value) => value !== undefined);

type Wanted = { enterprise: Enterprise[]; domains: Domain[]; teams: Team[]; principals: Principal[] };

/** The records of the document, as if they were all new. */
function wantedRecords(rows: Rows, now: Date): Wanted {
  const teams = values(rows.teams);
  const homes = new Map(teams.map(({ id, domain }) => [id, domain]));
  const domains = values(rows.domains);
  return {
    enterprise: values([rows.enterprise]).map(({ name }) => ({ id: 'enterprise', name, status: 'active', version: 1 })),
    domains: domains.map((domain) => newDomain(domain, domain.orchestrator.id)),
    teams: teams.map(newTeam),
    principals: [
      ...values([rows.enterpriseOrchestrator]).map((one) =>
        newOfficer({ kind: 'enterprise_orchestrator', ...one }, now),
      ),
      ...domains.map(({ id, orchestrator }) =>
        newOfficer({ kind: 'domain_orchestrator', domain: id, ...orchestrator }, now),
      ),
      ...values(rows.humans).map((human) => newOfficer({ kind: 'human', ...human }, now)),
      ...values(rows.agents).map((agent) => newAgent(agent, homes.get(agent.team) ?? '', now)),
    ],
  };
}

type Step<T> = { before?: T; after: T };

/** The records that are new or differ, each as its next version. */
function settled<T extends DirectoryRecord>(wanted: readonly T[], current: readonly T[], now: Date): Step<T>[] {
  const known = new Map(current.map((record) => [record.id, record]));
  return wanted.flatMap((record): Step<T>[] => {
    const before = known.get(record.id);
    if (!before) return [{ after: record }];
    const after = revised(before, withLife(record, before), now);
    return after ? [{ before, after }] : [];
  });
}

/** What happened to a record since it was registered, which no document says. */
const life = new Set(['status', 'version', 'created_at', 'updated_at']);

const withLife = <T extends DirectoryRecord>(record: T, before: T): T => ({
  ...record,
  ...Object.fromEntries(Object.entries(before).filter(([name]) => life.has(name))),
});

/** Agents and officers, then teams, that the document does not name; and domains that lose their orchestrator with it. */
function retirements(rows: Rows, current: Snapshot, now: Date): Transition[] {
  const named = { principals: new Set(idsOf(principalRows(rows))), teams: new Set(idsOf(rows.teams)) };
  const domains = new Set(idsOf(rows.domains));
  const over = <T extends Principal | Team>(records: readonly T[], kept: ReadonlySet<string>): Step<T>[] =>
    records
      .filter(({ id, status }) => status !== 'retired' && !kept.has(id))
      .flatMap((before) => {
        const after = revised(before, { ...before, status: 'retired' }, now);
        return after ? [{ before, after }] : [];
      });
  const vacated = current.domains
    .filter(({ id }) => !domains.has(id))
    .flatMap((before): Transition[] => {
      const after = revised(before, merged(before, { orchestrator: null }), now);
      return after ? [{ of: 'domain', before, after }] : [];
    });
  return [
    ...vacated,
    ...over(current.principals, named.principals).map((step): Transition => ({ of: 'principal', ...step })),
    ...over(current.teams, named.teams).map((step): Transition => ({ of: 'team', ...step })),
  ];
}

export type Outcome = { created: RecordName[]; changed: RecordName[]; retired: RecordName[]; unchanged_count: number };

/** The plan as its answer tells it. */
export function outcomeOf({ phases, unchanged }: Plan): Outcome {
  const all = phases.flat();
  const name = (one: Transition): RecordName => ({
    kind: one.of === 'principal' ? one.after.kind : one.of,
    id: one.after.id,
  });
  const isRetired = ({ before, after }: Transition) => before !== undefined && before.status !== after.status;
  return {
    created: all.filter(({ before }) => before === undefined).map(name),
    changed: all.filter((one) => one.before !== undefined && !isRetired(one)).map(name),
    retired: all.filter(isRetired).map(name),
    unchanged_count: unchanged,
  };
}
