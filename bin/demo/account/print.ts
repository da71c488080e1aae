import type { Seen } from '../scene.ts';
import type { Account } from './books.ts';
import type { HandoffLine } from './handoffs.ts';

const row = (name: string, value: string): string => `    ${name.padEnd(14)}${value}`;
const plural = (count: number, one: string, many = `${one}s`): string => `${String(count)} ${count === 1 ? one : many}`;

/** The account as people read it. */
export function printed(account: Account, seen: Seen): string {
  const { figures, faults } = account;
  const differing = figures.filter(({ ledger, state }) => ledger !== state);
  const same =
    differing.length === 0 ? 'every one is what the state says' : `${String(differing.length)} DIFFER from the state`;
  return [
    `\n  The account of the day (seed ${account.seed}), recomputed from ${plural(account.entries, 'entry', 'entries')} of the ledger`,
    ...taskRows(account, seen),
    ...handoffRows(account),
    ...dependencyRows(account),
    ...conflictRows(account),
    ...presenceRows(account),
    row('compared', `${plural(figures.length, 'number')}: ${same}`),
    ...differing.map(({ name, ledger, state }) => row('', `${name}: ledger ${String(ledger)}, state ${String(state)}`)),
    ...faults.map(({ rule, subject, detail }) => row('FAULT', `${rule}: ${subject}: ${detail}`)),
    account.balances ? '\n  The books balance.' : `\n  The books do NOT balance: ${plural(faults.length, 'fault')}.`,
  ].join('\n');
}

function taskRows({ tasks }: Account, { heard, accidents }: Seen): string[] {
  const { created, done, open, failed, cancelled, ranOut } = tasks;
  const races = heard.filter((one) => one.kind === 'refused' && one.code === 'TaskClaimed').length;
  const beats = heard.filter((one) => one.kind === 'renewed').length;
  const stale = heard.filter((one) => one.kind === 'lost').length;
  const killed = accidents.filter(({ kind }) => kind === 'killed');
  const back = killed.filter((one) => one.back !== undefined).length;
  const hung = accidents.length - killed.length;
  return [
    row(
      'tasks',
      `${String(created)} created = ${String(done)} done + ${String(open)} open + ${String(failed)} failed + ${String(cancelled)} cancelled`,
    ),
    row('claims', `${String(tasks.claims)}, never two on one task at once; every token above the one before`),
    row('', `${plural(races, 'race')} lost, ${plural(beats, 'heartbeat')}, ${plural(stale, 'stale holder')} told so`),
    row(
      'accidents',
      `${plural(killed.length, 'agent')} killed, ${String(back)} of them back later; ${String(hung)} hung`,
    ),
    row('leases', `${plural(ranOut.length, 'claim')} ended without the holder`),
    ...ranOut.map(({ task, agent, lapse, seconds }) => {
      const again = seconds === undefined ? 'not claimed again' : `claimed again ${String(seconds)} s later`;
      return row('', `${task} of ${agent}: ${lapses[lapse]}, ${again}`);
    }),
  ];
}

const lapses = {
  'taken over': 'lease over, and taken over',
  'swept up': 'lease over',
  'given up': 'holder not heard of',
} as const;

const handoffText = ({ summary, phase, sinceOpened, sinceOffered, questions, answered }: HandoffLine): string => {
  const delay =
    sinceOpened === undefined
      ? 'nothing moved'
      : `accepted ${String(sinceOpened)} s after it was opened, ${String(sinceOffered)} s after its offer`;
  return `${phase.padEnd(9)} ${summary}: ${delay}; ${String(answered)} of ${plural(questions, 'question')} answered`;
};

function handoffRows({ handoffs: { lines } }: Account): string[] {
  if (lines.length === 0) return [];
  const moved = lines.filter(({ sinceOpened }) => sinceOpened !== undefined);
  return [
    row('handoffs', `${String(lines.length)}, of them ${String(moved.length)} accepted`),
    ...lines.map((line) => row('', handoffText(line))),
  ];
}

function dependencyRows({ dependencies: { lines, reserved, refused, most } }: Account): string[] {
  if (lines.length === 0) return [];
  const confirmed = lines.filter(({ state }) => state === 'confirmed').length;
  return [
    row('dependencies', `${String(lines.length)}, of them ${String(confirmed)} handed over and confirmed`),
    ...lines.map(({ summary, state, seconds, sentBack }) => {
      const took = seconds === undefined ? '' : `, after ${String(seconds)} s`;
      return row(
        '',
        `${state.padEnd(9)} ${summary}${took}${sentBack > 0 ? `, sent back ${plural(sentBack, 'time')}` : ''}`,
      );
    }),
    row('reservations', `${String(reserved)} made, ${String(refused)} refused as others had it`),
    ...most.map(({ resource, amount, capacity }) =>
      row('', `${resource}: ${String(amount)} at most at once, of ${String(capacity)}`),
    ),
  ];
}

function conflictRows({ conflicts: { lines } }: Account): string[] {
  if (lines.length === 0) return [];
  const settled = lines.filter(({ settledBy }) => settledBy !== undefined);
  return [
    row('conflicts', `${String(lines.length)}, of them ${String(settled.length)} settled, each with its resolution`),
    ...lines.map(({ summary, step, raisedBy, escalated, settledBy, seconds }) => {
      const by = raisedBy === 'orchestra_conflicts' ? 'detected' : 'raised';
      const end = settledBy === undefined ? step : `settled by ${settledBy} after ${String(seconds)} s`;
      return row('', `${by}: ${summary}: ${end}${escalated > 0 ? `, escalated ${plural(escalated, 'time')}` : ''}`);
    }),
  ];
}

function presenceRows({ presence, refusals, figures }: Account): string[] {
  const of = (name: string): string => String(figures.find((one) => one.name === name)?.ledger ?? 0);
  return [
    row(
      'agents',
      `${of('agents reachable')} reachable at the end; ${plural(presence.fellSilent, 'time')} one was not heard of`,
    ),
    row('messages', `${of('messages')} delivered, ${of('messages taken in')} taken in`),
    ...refusals.map(({ code, ledger }) => row('refused', `${plural(ledger, 'time')} ${code}, each in the ledger`)),
  ];
}
