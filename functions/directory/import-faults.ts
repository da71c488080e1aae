import type { Fault } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import { idsOf, principalRows, type Row, type Rows } from './import-rows.ts';
import { authorityOver, type Snapshot, targetOf, type Transition } from './model.ts';
import { namesPrincipal } from './records.ts';

/** Faults that the document has whatever the directory holds: repeated ids, and references that lead nowhere. */
export const documentFaults = (rows: Rows, provisioned: readonly string[]): Fault[] => [
  ...repeated(principalRows(rows)),
  ...repeated(rows.domains),
  ...repeated(rows.teams),
  ...rows.domains.flatMap((row) => unprovisioned(row, provisioned)),
  ...rows.teams.flatMap((row) => dangling(row, 'domain', row.value?.domain, new Set(idsOf(rows.domains)))),
  ...agentFaults(rows),
];

/** Rows whose id was given before, each with the place of the first. */
function repeated(rows: readonly Row<unknown>[]): Fault[] {
  const first = new Map<string, string>();
  return rows.flatMap(({ at, id }) => {
    if (id === undefined) return [];
    const other = first.get(id);
    if (other !== undefined) return [{ pointer: `${at}/id`, detail: `${id} is the id at ${other} already.` }];
    first.set(id, at);
    return [];
  });
}

function unprovisioned({ at, id }: Row<unknown>, provisioned: readonly string[]): Fault[] {
  if (id === undefined || provisioned.includes(id)) return [];
  return [{ pointer: `${at}/id`, detail: notProvisioned(id) }];
}

/** What to do about a domain that has no event bus. */
export const notProvisioned = (domain: string): string =>
  `The domain ${domain} has no event bus: add it to \`domains\` of the deployment context and deploy.`;

function dangling({ at }: Row<unknown>, name: string, id: string | undefined, known: ReadonlySet<string>): Fault[] {
  if (id === undefined || known.has(id)) return [];
  return [{ pointer: `${at}/${name}`, detail: `The document has no ${name === 'owner' ? 'human' : name} ${id}.` }];
}

function agentFaults({ agents, teams, humans }: Rows): Fault[] {
  const named = { teams: new Set(idsOf(teams)), humans: new Set(idsOf(humans)) };
  const sound = new Map(teams.map(({ id, value }) => [id, value]));
  return agents.flatMap((row) => {
    const agent = row.value;
    if (!agent) return [];
    const owner = namesPrincipal(agent.owner) ? agent.owner : undefined;
    const dangles = [
      ...dangling(row, 'team', agent.team, named.teams),
      ...dangling(row, 'owner', owner, named.humans),
    ];
    const team = sound.get(agent.team);
    if (!team) return dangles;
    const elsewhere = agent.domain !== undefined && agent.domain !== team.domain;
    const unbound = !agent.client_id && !team.client_id;
    return [
      ...dangles,
      ...(elsewhere ? [{ pointer: `${row.at}/domain`, detail: `The team ${team.id} belongs to ${team.domain}.` }] : []),
      ...(unbound
        ? [{ pointer: `${row.at}/client_id`, detail: `Neither the agent nor its team ${team.id} names a client.` }]
        : []),
    ];
  });
}

/** Faults that the document has because of what the directory holds, and of who imports it. */
export function stateFaults(rows: Rows, current: Snapshot, importer: Pick<Actor, 'id' | 'kind'>): Fault[] {
  const principals = principalRows(rows);
  const known = new Map(current.principals.map((principal) => [principal.id, principal]));
  const changedKind = principals.flatMap(({ at, id, kind }) => {
    const was = known.get(id ?? '');
    if (!was || was.kind === kind) return [];
    return [{ pointer: `${at}/id`, detail: `${id} is registered as ${was.kind}; a kind never changes.` }];
  });
  const unnamed = !idsOf(principals).includes(importer.id);
  const place = importer.kind === 'human' ? 'humans' : 'enterprise_orchestrator';
  return [
    ...retired(principals, current.principals),
    ...retired(rows.teams, current.teams),
    ...retired(rows.domains, current.domains),
    ...changedKind,
    ...(unnamed ? [{ pointer: `/body/${place}`, detail: `${importer.id}, who imports, is not in the document.` }] : []),
  ];
}

/** Rows that would bring back what was retired: retired is final, so that an id means one principal for ever. */
function retired(rows: readonly Row<unknown>[], records: readonly { id: string; status: string }[]): Fault[] {
  const gone = new Set(records.filter(({ status }) => status === 'retired').map(({ id }) => id));
  return rows
    .filter(({ id }) => id !== undefined && gone.has(id))
    .map(({ at, id }) => ({ pointer: `${at}/id`, detail: `${id} was retired, which is final; use another id.` }));
}

/** Transitions of principals that the importer may not write, each at the row that asks for it. */
export function overreach(transitions: readonly Transition[], rows: Rows, importer: Actor): Fault[] {
  const places = new Map(principalRows(rows).map(({ id, at }) => [id, at]));
  return transitions.flatMap((one) => {
    if (one.of !== 'principal' || authorityOver(importer, targetOf(one.after)) === 'granted') return [];
    const { id, kind } = one.after;
    const pointer = places.get(id) ?? `/body/${kind === 'human' ? 'humans' : 'enterprise_orchestrator'}`;
    return [{ pointer, detail: `A principal of kind ${importer.kind} may not register, change or retire ${id}.` }];
  });
}
