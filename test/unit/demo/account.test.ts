import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { close, figureFault } from '../../../bin/demo/account/books.ts';
import { aDay, type Day, kept, leaseSeconds, type Move, second } from './books.ts';

const nothing = {
  handoffs: [],
  conflicts: [],
  resolutions: [],
  agents: [],
  messages: [],
  dependencies: [],
  resources: [],
  reservations: [],
};
const accountOf = ({ entries, tasks, claims, heard }: Day) =>
  close('1', { entries, state: { ...nothing, tasks, claims } }, { heard, accidents: [] }, leaseSeconds);
const faultsOf = (day: Day): string[] => accountOf(day).faults.map(({ rule }) => rule);

const claim = (agent: string): Move => ({ do: 'claim', agent });
/** A day on which all that may happen to tasks did. */
const wholeDay = (): Day => {
  const day = aDay();
  kept(day, 'T-1', [claim('agt_a'), { do: 'start' }, { do: 'complete' }]);
  kept(day, 'T-2', [claim('agt_a'), { do: 'expire' }, claim('agt_b'), { do: 'start' }, { do: 'fail' }]);
  kept(day, 'T-3', [claim('agt_a'), claim('agt_b'), { do: 'submit' }, { do: 'return' }, claim('agt_b')]);
  kept(day, 'T-4', [claim('agt_c'), { do: 'assign' }, { do: 'cancel' }]);
  return kept(day, 'T-5', [claim('agt_c'), { do: 'release' }]);
};
const entryOf = (day: Day, subject: string, sequence: number) => {
  const entry = day.entries.find((one) => one.subject === `task/${subject}` && one.sequence === sequence);
  if (!entry) throw new Error(`${subject} has no entry ${String(sequence)}`);
  return entry;
};
const taskOf = (day: Day, id: string) => {
  const task = day.tasks.find((one) => one.id === id);
  if (!task) throw new Error(`there is no ${id}`);
  return task;
};

describe('the account of tasks', () => {
  it('balances where all books say the same, and says when what ran out was claimed again', () => {
    const account = accountOf(wholeDay());
    expect(account.faults).toEqual([]);
    expect(account.balances).toBe(true);
    expect(account.tasks).toMatchObject({
      created: 5,
      done: 1,
      open: 2,
      failed: 1,
      cancelled: 1,
      claims: 8,
    });
    expect(account.tasks.ranOut).toEqual([
      { task: 'T-2', agent: 'agt_a', lapse: 'swept up', seconds: 110 },
      { task: 'T-3', agent: 'agt_a', lapse: 'taken over', seconds: 50 },
    ]);
  });

  it('finds a double claim: one that does not say that the lease had run out, or says so too early', () => {
    const silent = wholeDay();
    entryOf(silent, 'T-3', 3).summary = 'Claimed by agt_b: x';
    expect(faultsOf(silent)).toEqual(['two claims at once']);
    const early = wholeDay();
    entryOf(early, 'T-3', 3).timestamp = second(2 * 60 + leaseSeconds - 1);
    expect(faultsOf(early)).toContain('two claims at once');
  });

  it('finds a task that was taken from its holder while the lease, as the holder knew it, lived', () => {
    const swept = wholeDay();
    swept.heard.push({ kind: 'renewed', task: 'T-2', token: 1, expiresAt: second(190), agent: 'agt_a', at: 0 });
    expect(faultsOf(swept)).toEqual(['two claims at once']);
    const said = wholeDay();
    entryOf(said, 'T-2', 3).details.reasoning = `No heartbeat since ${second(999)}.`;
    expect(faultsOf(said)).toEqual(['two claims at once']);
  });

  it('finds a holder that was let go on after another had the task', () => {
    const day = wholeDay();
    const late = second(3 * 60 + 5 + leaseSeconds);
    day.heard.push({ kind: 'renewed', task: 'T-3', token: 1, expiresAt: late, agent: 'agt_a', at: 0 });
    expect(faultsOf(day)).toContain('two claims at once');
  });

  it('finds work that was ended by somebody who did not hold it', () => {
    const day = wholeDay();
    entryOf(day, 'T-1', 4).agent_id = 'agt_b';
    expect(faultsOf(day)).toContain('not by its holder');
  });

  it('finds a lost task, in whichever book it is missing', () => {
    const gone = wholeDay();
    gone.tasks.splice(0, 1);
    expect(faultsOf(gone)).toContain('a task is lost');
    const unrecorded = wholeDay();
    unrecorded.entries = unrecorded.entries.filter(({ subject }) => subject !== 'task/T-5');
    expect(faultsOf(unrecorded)).toEqual(
      expect.arrayContaining(['a task without an entry', 'told, but not in the ledger', 'ledger and state differ']),
    );
    const untold = wholeDay();
    untold.heard.push({ kind: 'created', task: 'T-9', agent: 'agt_a', at: 0 });
    expect(faultsOf(untold)).toEqual(['told, but not in the ledger']);
  });

  it('finds an answer that an agent got and the ledger does not know', () => {
    const token = wholeDay();
    token.heard.push({
      kind: 'claimed',
      task: 'T-1',
      token: 7,
      expiresAt: second(1),
      found: 'open',
      agent: 'agt_a',
      at: 0,
    });
    expect(faultsOf(token)).toEqual(['told, but not in the ledger']);
    const ended = wholeDay();
    ended.heard.push({ kind: 'ended', task: 'T-2', token: 1, how: 'completed', agent: 'agt_a', at: 0 });
    expect(faultsOf(ended)).toEqual(['told, but not in the ledger']);
    const refused = wholeDay();
    const code = 'OutsideOwnTeam';
    refused.heard.push({ kind: 'refused', method: 'POST', path: '/tasks', status: 403, code, agent: 'agt_a', at: 0 });
    expect(faultsOf(refused)).toEqual(['told, but not in the ledger']);
  });

  it('finds a step that nobody knows, one out of its order, and a state that does not follow', () => {
    const unknown = wholeDay();
    entryOf(unknown, 'T-1', 3).details.decision = 'teleported';
    expect(faultsOf(unknown)).toContain('a step that nobody knows');
    const order = wholeDay();
    entryOf(order, 'T-5', 3).details.decision = 'accepted';
    expect(faultsOf(order)).toContain('a step out of its order');
    const state = wholeDay();
    entryOf(state, 'T-1', 4).details.outcome = 'queued';
    expect(faultsOf(state)).toContain('a state that does not follow');
  });

  it.each(['version', 'fence', 'attempts', 'revisions'] as const)('finds a wrong %s of a task', (field) => {
    const day = wholeDay();
    taskOf(day, 'T-3')[field] += 1;
    expect(faultsOf(day)).toContain('ledger and state differ');
  });

  it('finds a wrong state, holder, token or end of a claim', () => {
    const state = wholeDay();
    taskOf(state, 'T-1').state = 'failed';
    expect(faultsOf(state)).toContain('ledger and state differ');
    const holder = wholeDay();
    taskOf(holder, 'T-3').holding = { agent: 'agt_z', token: 3 };
    expect(faultsOf(holder)).toEqual(['ledger and state differ']);
    const token = wholeDay();
    token.claims.set('T-1', { live: null, past: [{ agent: 'agt_a', token: 2, end: 'completed' }] });
    expect(faultsOf(token)).toEqual(['ledger and state differ']);
    const end = wholeDay();
    end.claims.set('T-1', { live: null, past: [{ agent: 'agt_a', token: 1, end: 'released' }] });
    expect(faultsOf(end)).toContain('ledger and state differ');
  });

  it('finds a number that is another in the state', () => {
    expect(figureFault({ name: 'tasks done', ledger: 3, state: 3 })).toEqual([]);
    expect(figureFault({ name: 'tasks done', ledger: 3, state: 4 })).toMatchObject([{ subject: 'tasks done' }]);
  });
});

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant('claim' as const), agent: fc.constantFrom('agt_a', 'agt_b', 'agt_c') }),
  fc.record({
    do: fc.constantFrom(
      'start' as const,
      'complete' as const,
      'submit' as const,
      'fail' as const,
      'release' as const,
      'expire' as const,
      'assign' as const,
      'accept' as const,
      'return' as const,
      'cancel' as const,
    ),
  }),
);
const days = fc.array(fc.array(move, { maxLength: 12 }), { minLength: 1, maxLength: 6 });
const dayOf = (courses: readonly Move[][]): Day =>
  courses.reduce((day, moves, at) => kept(day, `T-${String(at)}`, moves), aDay());

describe('the account of any day', () => {
  it('balances, whatever happened, as long as the books say the same', () => {
    fc.assert(
      fc.property(days, (courses) => {
        expect(accountOf(dayOf(courses)).faults).toEqual([]);
      }),
    );
  });

  it('does not balance without one entry, whichever it is', () => {
    fc.assert(
      fc.property(days, fc.nat(), (courses, which) => {
        const day = dayOf(courses);
        day.entries.splice(which % day.entries.length, 1);
        expect(accountOf(day).balances).toBe(false);
      }),
    );
  });

  it('does not balance when an entry is there twice, or says another state', () => {
    fc.assert(
      fc.property(days, fc.nat(), fc.constantFrom('state', 'copy'), (courses, which, how) => {
        const day = dayOf(courses);
        const at = which % day.entries.length;
        const entry = day.entries[at];
        if (!entry) return;
        if (how === 'copy') day.entries.splice(at, 0, entry);
        else entry.details.outcome = entry.details.outcome === 'running' ? 'claimed' : 'running';
        expect(accountOf(day).balances).toBe(false);
      }),
    );
  });
});
