import { describe, expect, it } from 'vitest';
import { figureFault } from '../../../bin/demo/account/books.ts';
import { dependencyAccount, type DependencyState } from '../../../bin/demo/account/dependencies.ts';
import { handoffAccount, type HandoffRecord } from '../../../bin/demo/account/handoffs.ts';
import type { Entry } from '../../../bin/demo/account/ledger.ts';
import { presenceAccount } from '../../../bin/demo/account/presence.ts';
import type { Heard } from '../../../bin/demo/messages.ts';
import { second } from './books.ts';

type Said = readonly [decision: string, outcome: string, more?: Partial<Entry>];

/** Entries of one record, ten seconds apart. */
const entriesOf = (subject: string, steps: readonly Said[]): Entry[] =>
  steps.map(([decision, outcome, more], at) => ({
    id: `${subject} ${String(at)}`,
    timestamp: second(10 * at),
    agent_id: 'agt_a',
    domain: 'product',
    subject,
    sequence: at + 1,
    summary: decision,
    details: { decision, reasoning: '', outcome },
    ...more,
  }));

const rulesOf = ({ faults, figures }: { faults: { rule: string }[]; figures: Parameters<typeof figureFault>[0][] }) => [
  ...new Set([...faults, ...figures.flatMap(figureFault)].map(({ rule }) => rule)),
];
const did = (subject: string, decision: string, agent = 'agt_a'): Heard => ({
  kind: 'did',
  subject,
  decision,
  what: decision,
  agent,
  at: 0,
});

describe('the account of handoffs', () => {
  const summary = 'Opened a handoff from checkout to catalog';
  const accepted = entriesOf('handoff/hnd_1', [
    ['opened', 'prepare', { summary }],
    ['offered', 'meeting'],
    ['asked', 'meeting'],
    ['answered', 'meeting'],
    ['accepted', 'support'],
  ]);
  const moved = entriesOf('task/T-1', [
    ['bound', 'queued'],
    ['transferred', 'queued'],
  ]);
  const refused = entriesOf('handoff/hnd_2', [
    ['opened', 'prepare', { summary }],
    ['refused', 'refused'],
  ]);
  const stayed = entriesOf('task/T-2', [
    ['bound', 'queued'],
    ['unbound', 'queued'],
  ]);
  const entries = [...accepted, ...moved, ...refused, ...stayed];
  const recordsWith = (more: Partial<HandoffRecord> = {}): HandoffRecord[] => {
    const parties = { from: { team: 'checkout' }, to: { team: 'catalog', recipient: 'agt_b' } };
    const delay = { since_opened_seconds: 40, since_offered_seconds: 30 };
    const questions = [{ answered_at: second(30) }];
    return [
      { id: 'hnd_1', version: 5, phase: 'support', tasks: ['T-1'], ...parties, questions, delay, ...more },
      { id: 'hnd_2', version: 2, phase: 'refused', tasks: ['T-2'], ...parties, questions: [], delay: null },
    ];
  };

  it('balances, and has the delay of each from its entries', () => {
    const account = handoffAccount(entries, recordsWith(), [did('handoff/hnd_1', 'accepted')]);
    expect(rulesOf(account)).toEqual([]);
    expect(account.lines[0]).toMatchObject({
      phase: 'support',
      sinceOpened: 40,
      sinceOffered: 30,
      questions: 1,
      answered: 1,
    });
  });

  it.each([
    ['another phase', { phase: 'meeting' }],
    ['another version', { version: 6 }],
    ['another delay', { delay: { since_opened_seconds: 41, since_offered_seconds: 30 } }],
    ['a question more', { questions: [] }],
    ['a task more that it moved', { tasks: ['T-1', 'T-3'] }],
  ])('finds %s in the state', (_, more) => {
    expect(rulesOf(handoffAccount(entries, recordsWith(more), []))).toEqual(['ledger and state differ']);
  });

  it('finds a handoff that is missing in either book, and a step that somebody was told of and nobody entered', () => {
    expect(rulesOf(handoffAccount(entries, recordsWith().slice(1), []))).toContain('a handoff is lost');
    expect(rulesOf(handoffAccount([...refused, ...stayed], recordsWith(), []))).toContain('a handoff without an entry');
    const told = [did('handoff/hnd_2', 'accepted', 'agt_b')];
    expect(rulesOf(handoffAccount(entries, recordsWith(), told))).toEqual(['told, but not in the ledger']);
    const twice = [did('handoff/hnd_1', 'asked'), did('handoff/hnd_1', 'asked')];
    expect(rulesOf(handoffAccount(entries, recordsWith(), twice))).toEqual(['told, but not in the ledger']);
    const gap = entries.filter(({ id }) => id !== 'handoff/hnd_1 2');
    expect(rulesOf(handoffAccount(gap, recordsWith(), []))).toContain('an entry is missing or doubled');
  });

  it('finds an accepted handoff whose task was not moved', () => {
    const unmoved = entries.filter(({ details }) => details.decision !== 'transferred');
    expect(rulesOf(handoffAccount(unmoved, recordsWith(), []))).toEqual(['ledger and state differ']);
  });
});

describe('the account of dependencies and reservations', () => {
  const first = { summary: 'T-1 needs T-2 (blocking): registered' };
  const entries = [
    ...entriesOf('dependency/dep_1', [
      ['registered', 'registered', first],
      ['handed over', 'resolved'],
      ['sent back', 'tracked'],
    ]),
    ...entriesOf('resource/rig', [['added', '', { summary: 'Offers 3 rigs of Load test rig' }]]),
    ...entriesOf('reservation/rsv_1', [
      ['reserved', 'reserved', { summary: `Reserved 2 rigs of rig, ${second(0)} to ${second(100)}` }],
    ]),
    ...entriesOf('reservation/rsv_2', [
      ['reserved', 'reserved', { summary: `Reserved 1 rigs of rig, ${second(50)} to ${second(150)}` }],
    ]),
  ];
  const task = { team: 'checkout', version: 1, state: 'blocked', fence: 0, attempts: 0, revisions: 0, holding: null };
  const stateWith = (more: Partial<DependencyState> = {}): DependencyState => ({
    dependencies: [{ id: 'dep_1', version: 3, state: 'tracked', returned_at: second(20) }],
    resources: [{ id: 'rig', version: 1, capacity: 3 }],
    reservations: [
      { id: 'rsv_1', version: 1, state: 'reserved' },
      { id: 'rsv_2', version: 1, state: 'reserved' },
    ],
    tasks: [{ ...task, id: 'T-1', blocked_by: [{ dependency_id: 'dep_1' }] }],
    ...more,
  });

  it('balances, and has the most of a resource that is reserved at once', () => {
    const account = dependencyAccount(entries, stateWith(), []);
    expect(rulesOf(account)).toEqual([]);
    expect(account.most).toEqual([{ resource: 'rig', amount: 3, capacity: 3 }]);
    expect(account.lines).toMatchObject([{ summary: 'T-1 needs T-2 (blocking)', state: 'tracked', sentBack: 1 }]);
  });

  it.each([
    ['a task that does not wait', { tasks: [{ ...task, id: 'T-1', blocked_by: [] }] }],
    ['another state', { dependencies: [{ id: 'dep_1', version: 3, state: 'resolved', returned_at: second(20) }] }],
    [
      'one that was never sent back',
      { dependencies: [{ id: 'dep_1', version: 3, state: 'tracked', returned_at: null }] },
    ],
    ['another capacity', { resources: [{ id: 'rig', version: 1, capacity: 4 }] }],
  ])('finds %s in the state', (_, more) => {
    expect(rulesOf(dependencyAccount(entries, stateWith(more), []))).toEqual(['ledger and state differ']);
  });

  it('finds a reservation that is lost, and more that is reserved than there is', () => {
    const [one] = stateWith().reservations;
    const lost = stateWith({ reservations: one ? [one] : [] });
    expect(rulesOf(dependencyAccount(entries, lost, []))).toContain('a reservation is lost');
    const small = entries.map((entry) =>
      entry.subject === 'resource/rig' ? { ...entry, summary: 'Offers 2 rigs of Rig' } : entry,
    );
    const state = stateWith({ resources: [{ id: 'rig', version: 1, capacity: 2 }] });
    expect(rulesOf(dependencyAccount(small, state, []))).toEqual(['more is reserved than there is']);
  });
});

describe('the account of signs of life and messages', () => {
  const entries = [
    ...entriesOf('agent-presence/agt_a', [
      ['reachable', 'reachable'],
      ['unreachable', 'unreachable'],
    ]),
    ...entriesOf('message/agt_b/msg_1', [
      ['delivered', 'task_assigned'],
      ['acknowledged', 'acknowledged'],
    ]),
  ];
  const agents = [
    { id: 'agt_a', presence: 'unreachable' },
    { id: 'agt_b', presence: 'unknown' },
  ];
  const messages = [{ id: 'msg_1', to: 'agt_b', version: 2 }];

  it('balances where both books say the same', () => {
    const account = presenceAccount(entries, agents, messages);
    expect(rulesOf(account)).toEqual([]);
    expect(account.fellSilent).toBe(1);
  });

  it('finds an agent that the state takes for reachable, and a message that is lost or not taken in', () => {
    const wrong = [{ id: 'agt_a', presence: 'reachable' }];
    expect(rulesOf(presenceAccount(entries, wrong, messages))).toEqual(['ledger and state differ']);
    expect(rulesOf(presenceAccount(entries, agents, []))).toContain('a message is lost');
    const unread = [{ id: 'msg_1', to: 'agt_b', version: 1 }];
    expect(rulesOf(presenceAccount(entries, agents, unread))).toEqual(['ledger and state differ']);
    const twice = [...messages, { id: 'msg_2', to: 'agt_b', version: 1 }];
    expect(rulesOf(presenceAccount(entries, agents, twice))).toContain('a message without an entry');
  });
});
