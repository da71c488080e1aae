import type { Fault } from '../shared/errors.ts';
import type { Actor } from '../shared/principal.ts';
import { idsOf, principalRows, type Row, type Rows } from './import-rows.ts';
import { boardFault, isFounded, touchesBoard } from './board-model.ts';
import { authorityOver, type Snapshot, targetOf, type Transition } from './model.ts';
import { notProvisioned } from './placement.ts';
import { namesPrincipal } from './records.ts';

/** Faults that the document has whatever the directory holds: repeated ids, and references that lead nowhere. */
export const documentFaults = (rows: Rows, provisioned: readonly string[]): Fault[] => [
  ...repeated(principalRows(rows)),
  ...repeated(rows.domains),
  ...repeated(rows.teams),
  ...rows.domains.flatMap((row) => unprovisioned(row, provisioned)),
  ...rows.teams.flatMap((row) => dangling(row, 'domain', new Set(idsOf(rows.domains)))),
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

function dangling({ at, text }: Row<unknown>, name: 'domain' | 'team', known: ReadonlySet<string>): Fault[] {
  const id = text(name);
  if (id === undefined || known.has(id)) return [];
  return [{ pointer: `${at}/${name}`, detail: `The document has no ${name} ${id}.` }];
}

function agentFaults({ agents, teams, humans }: Rows): Fault[] {
  const [named, people] = [new Set(idsOf(teams)), new Set(idsOf(humans))];
  // Where two teams have one id, the first counts: the second is at fault.
  const known = new Map(teams.toReversed().map((team) => [team.id, team]));
  return agents.flatMap((row) => [
    ...dangling(row, 'team', named),
    ...ownerless(row, people),
    ...misplaced(row, known.get(row.text('team'))),
  ]);
}

function ownerless({ at, text }: Row<unknown>, people: ReadonlySet<string>): Fault[] {
  const owner = text('owner') ?? '';
  if (!namesPrincipal(owner) || people.has(owner)) return [];
  return [{ pointer: `${at}/owner`, detail: `The document has no human ${owner}.` }];
}

function misplaced({ at, text }: Row<unknown>, team: Row<unknown> | undefined): Fault[] {
  if (!team) return [];
  const [domain, home] = [text('domain'), team.text('domain')];
  const elsewhere = domain !== undefined && home !== undefined && domain !== home;
  const unbound = text('client_id') === undefined && team.text('client_id') === undefined;
  const detail = `Neither the agent nor its team ${team.id} names a client.`;
  return [
    ...(elsewhere ? [{ pointer: `${at}/domain`, detail: `The team ${team.id} belongs to ${home}.` }] : []),
    ...(unbound ? [{ pointer: `${at}/client_id`, detail }] : []),
  ];
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
export function overreach(
  transitions: readonly Transition[],
  rows: Rows,
  current: Pick<Snapshot, 'principals'>,
  importer: Actor,
): Fault[] {
  const places = new Map(principalRows(rows).map(({ id, at }) => [id, at]));
  const founded = isFounded(current.principals);
  return transitions.flatMap((one) => {
    if (one.of !== 'principal') return [];
    const { id, kind } = one.after;
    const seat = touchesBoard(one.before, one.after) ? boardFault(importer, one.after, founded) : undefined;
    const isGranted = authorityOver(importer, targetOf(one.after)) === 'granted';
    const detail = isGranted ? seat : `A principal of kind ${importer.kind} may not register, change or retire ${id}.`;
    if (detail === undefined) return [];
    const pointer = places.get(id) ?? `/body/${kind === 'human' ? 'humans' : 'enterprise_orchestrator'}`;
    return [{ pointer, detail }];
  });
}
