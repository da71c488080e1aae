import type { Heard } from '../messages.ts';
import { type Entry, type Fault, type Figure, recordsOf } from './ledger.ts';
import { type LedgerClaim, replay, type TaskHistory } from './replay.ts';

/** A task, and the claims that were made on it, as the API tells them. */
export type TaskRecord = {
  id: string;
  team: string;
  version: number;
  state: string;
  fence: number;
  attempts: number;
  revisions: number;
  holding: { agent: string; token: number } | null;
  blocked_by: { dependency_id: string }[];
};
export type ClaimsRecord = {
  live: { agent: string; token: number } | null;
  past: { agent: string; token: number; end: string }[];
};
export type TaskState = { tasks: readonly TaskRecord[]; claims: ReadonlyMap<string, ClaimsRecord> };

/**
 * A claim that ended without its holder: as the lease ran out (another took over, or it was swept up), or as the holder was
 * given up. The seconds are from then to the next claim.
 */
export type RanOut = {
  task: string;
  agent: string;
  lapse: 'taken over' | 'swept up' | 'given up';
  seconds: number | undefined;
};

export type TaskAccount = {
  created: number;
  done: number;
  open: number;
  failed: number;
  cancelled: number;
  claims: number;
  ranOut: RanOut[];
  figures: Figure[];
  faults: Fault[];
};

const openStates: ReadonlySet<string> = new Set(['queued', 'blocked', 'claimed', 'running', 'review']);

/**
 * Recomputes from the ledger alone what became of all tasks, and holds it against the state and against what the agents were
 * told: three books that were kept apart.
 */
export function taskAccount(
  entries: readonly Entry[],
  state: TaskState,
  heard: readonly Heard[],
  leaseSeconds: number,
): TaskAccount {
  const histories = [...recordsOf(entries, 'task')].map(([id, all]) => replay(id, all, leaseSeconds));
  const count = (keep: (one: { state: string }) => boolean) => ({
    ledger: histories.filter(keep).length,
    state: state.tasks.filter(keep).length,
  });
  const byState = {
    created: count(() => true),
    done: count((one) => one.state === 'done'),
    open: count((one) => openStates.has(one.state)),
    failed: count((one) => one.state === 'failed'),
    cancelled: count((one) => one.state === 'cancelled'),
  };
  const claims = histories.flatMap((history) => history.claims);
  const { created, done, open, failed, cancelled } = byState;
  return {
    created: created.ledger,
    done: done.ledger,
    open: open.ledger,
    failed: failed.ledger,
    cancelled: cancelled.ledger,
    claims: claims.length,
    ranOut: histories.flatMap((history) => ranOutOf(history, expiriesOf(heard), leaseSeconds)),
    figures: [
      ...Object.entries(byState).map(([name, both]) => ({ name: `tasks ${name}`, ...both })),
      ...claimFigures(histories, state),
    ],
    faults: [
      ...histories.flatMap((history) => history.faults),
      ...sumFault(byState),
      ...stateFaults(histories, state),
      ...heardFaults(histories, heard, leaseSeconds * 1000),
    ],
  };
}

function sumFault({ created, done, open, failed, cancelled }: Record<string, { ledger: number }>): Fault[] {
  const parts = [done, open, failed, cancelled].map((part) => part?.ledger ?? 0);
  const sum = parts.reduce((total, part) => total + part, 0);
  if (sum === created?.ledger) return [];
  return [
    { rule: 'a task is lost', subject: 'tasks', detail: `${String(created?.ledger)} created, ${parts.join(' + ')}` },
  ];
}

const ends = ['completed', 'failed', 'released', 'expired', 'reassigned', 'handed_over', 'cancelled'] as const;

function claimFigures(histories: readonly TaskHistory[], state: TaskState): Figure[] {
  const claims = histories.flatMap((history) => history.claims);
  const records = [...state.claims.values()];
  const past = records.flatMap((record) => record.past);
  const sum = (all: readonly { attempts: number; revisions: number }[], what: 'attempts' | 'revisions'): number =>
    all.reduce((total, one) => total + one[what], 0);
  return [
    { name: 'claims', ledger: claims.length, state: past.length + records.filter(({ live }) => live !== null).length },
    { name: 'claims by attempts', ledger: sum(histories, 'attempts'), state: sum(state.tasks, 'attempts') },
    { name: 'sent back by a review', ledger: sum(histories, 'revisions'), state: sum(state.tasks, 'revisions') },
    {
      name: 'claims live',
      ledger: claims.filter(({ end }) => end === undefined).length,
      state: records.filter(({ live }) => live !== null).length,
    },
    ...ends.map((end) => ({
      name: `claims ${end}`,
      ledger: claims.filter((claim) => claim.end === end).length,
      state: past.filter((claim) => claim.end === end).length,
    })),
  ];
}

/** Each task of the one book is in the other, and says the same there. */
function stateFaults(histories: readonly TaskHistory[], state: TaskState): Fault[] {
  const records = new Map(state.tasks.map((task) => [task.id, task]));
  const known = new Set(histories.map(({ id }) => id));
  const unrecorded = state.tasks.filter(({ id }) => !known.has(id));
  return [
    ...unrecorded.map(({ id }) => ({ rule: 'a task without an entry', subject: id, detail: 'in the state only' })),
    ...histories.flatMap((history) => {
      const record = records.get(history.id);
      if (!record) return [{ rule: 'a task is lost', subject: history.id, detail: 'in the ledger only' }];
      return [...fieldFaults(history, record), ...claimFaults(history, state.claims.get(history.id))];
    }),
  ];
}

function fieldFaults(history: TaskHistory, record: TaskRecord): Fault[] {
  const pairs = {
    state: [history.state, record.state],
    version: [history.version, record.version],
    fence: [history.fence, record.fence],
    attempts: [history.attempts, record.attempts],
    revisions: [history.revisions, record.revisions],
    'waits for': [history.blockers, record.blocked_by.length],
    holder: [history.holder ?? 'nobody', record.holding?.agent ?? 'nobody'],
  };
  return Object.entries(pairs).flatMap(([name, [ledger, found]]) =>
    ledger === found
      ? []
      : [
          {
            rule: 'ledger and state differ',
            subject: history.id,
            detail: `${name}: ${String(ledger)}, but ${String(found)}`,
          },
        ],
  );
}

function claimFaults({ id, claims }: TaskHistory, record: ClaimsRecord | undefined): Fault[] {
  const say = ({ agent, token, end }: { agent: string; token: number; end?: string | undefined }): string =>
    `${String(token)} ${agent} ${end ?? 'live'}`;
  const told = claims.map(say);
  const live = record?.live ? [{ agent: record.live.agent, token: record.live.token }] : [];
  const found = [...(record?.past ?? []), ...live].map(say);
  const rises = claims.every(({ token }, at) => at === 0 || token > (claims[at - 1]?.token ?? 0));
  return [
    ...(rises ? [] : [{ rule: 'a token that does not rise', subject: id, detail: told.join(', ') }]),
    ...(told.join() === found.join()
      ? []
      : [
          {
            rule: 'ledger and state differ',
            subject: id,
            detail: `claims: ${told.join(', ')}; but ${found.join(', ')}`,
          },
        ]),
  ];
}

/** When a lease ended, as far as its holder was told, by task and token. */
function expiriesOf(heard: readonly Heard[]): Map<string, number> {
  const expiries = new Map<string, number>();
  for (const one of heard) {
    if (!('expiresAt' in one)) continue;
    const key = `${one.task}#${String(one.token)}`;
    expiries.set(key, Math.max(expiries.get(key) ?? 0, Date.parse(one.expiresAt)));
  }
  return expiries;
}

function ranOutOf({ id, claims }: TaskHistory, expiries: ReadonlyMap<string, number>, leaseSeconds: number): RanOut[] {
  return claims.flatMap(({ agent, token, from, to, lapse, ranOutAt }, at): RanOut[] => {
    if (lapse === undefined) return [];
    const known = expiries.get(`${id}#${String(token)}`) ?? Date.parse(from) + leaseSeconds * 1000;
    const over = lapse === 'given up' ? Date.parse(to ?? '') : ranOutAt === undefined ? known : Date.parse(ranOutAt);
    const next = claims[at + 1];
    return [{ task: id, agent, lapse, seconds: next && Math.round((Date.parse(next.from) - over) / 100) / 10 }];
  });
}

/** Clocks of requests that overlap may differ by so much. */
const slackMs = 1500;

/** What agents were told must be in the ledger, and nobody may have been told of a task what is another's. */
function heardFaults(histories: readonly TaskHistory[], heard: readonly Heard[], lease: number): Fault[] {
  const byId = new Map(histories.map((history) => [history.id, history]));
  const expiries = expiriesOf(heard);
  const wrong = heard.flatMap((one): Fault[] => {
    if (one.kind === 'created' && !byId.has(one.task))
      return [{ rule: 'told, but not in the ledger', subject: one.task, detail: `created by ${one.agent}` }];
    if (one.kind !== 'claimed' && one.kind !== 'ended') return [];
    const claim = byId.get(one.task)?.claims.find(({ token }) => token === one.token);
    const isThere = claim?.agent === one.agent && (one.kind === 'claimed' || claim.end === one.how);
    const what = one.kind === 'claimed' ? 'claimed' : one.how;
    const detail = `${what} by ${one.agent} with token ${String(one.token)}; the ledger has ${claim?.agent ?? 'nobody'}, ${claim?.end ?? 'no end'}`;
    return isThere ? [] : [{ rule: 'told, but not in the ledger', subject: one.task, detail }];
  });
  return [...wrong, ...histories.flatMap((history) => leaseFaults(history, expiries, lease))];
}

function leaseFaults({ id, claims }: TaskHistory, expiries: ReadonlyMap<string, number>, lease: number): Fault[] {
  const known = ({ token }: LedgerClaim): number => expiries.get(`${id}#${String(token)}`) ?? 0;
  return claims.flatMap((claim, at): Fault[] => {
    const next = claims[at + 1];
    const isLate = claim.lapse === 'taken over' || claim.lapse === 'swept up';
    const early = isLate && Date.parse(claim.to ?? '') < known(claim);
    const stale = next !== undefined && known(claim) - lease > Date.parse(next.from) + slackMs;
    return [
      ...(early
        ? [{ rule: 'two claims at once', subject: id, detail: `taken from ${claim.agent} while its lease lived` }]
        : []),
      ...(stale
        ? [
            {
              rule: 'two claims at once',
              subject: id,
              detail: `${claim.agent} was let go on after ${next.agent} had it`,
            },
          ]
        : []),
    ];
  });
}
