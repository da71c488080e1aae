import type { Chance } from './chance.ts';
import type { Agent } from './crew.ts';
import type { TaskSpec } from './plan.ts';

/** Work that goes over to another team, and what its recipient does with the offer. */
export type HandoffPart = {
  at: number;
  task: TaskSpec;
  domain: string;
  by: string;
  to: { team: string; recipient: string };
  manner: 'whole' | 'refused' | 'silent';
};

/** A task that needs another one. */
export type NeedPart = {
  at: number;
  name: string;
  by: string;
  /** Made for it, where it is not there yet. */
  task: TaskSpec | undefined;
  provider: { task: TaskSpec; domain: string } | undefined;
  taskId: string;
  on: string;
  type: 'blocking' | 'informational';
  /** What is handed over at first is sent back. */
  sendsBack: boolean;
};

export type ResourcePart = { id: string; domain: string; capacity: number };
export type ReservationPart = {
  at: number;
  name: string;
  by: string;
  resource: string;
  fromHours: number;
  toHours: number;
  amount: number;
};

/** What two teams disagree about, and whether they can settle it. */
export type ConflictPart = {
  at: number;
  name: string;
  by: string;
  type: 'priority' | 'scope' | 'technical';
  subject: string;
  parties: { domain: string; team: string; speakers: string[] }[];
  manner: 'agree' | 'stubborn';
};

/** What is to be shown in a day beside the tasks that come in. Every agent knows it, and plays its own part. */
export type Parts = {
  handoffs: HandoffPart[];
  needs: NeedPart[];
  resources: ResourcePart[];
  reservations: ReservationPart[];
  conflicts: ConflictPart[];
};

/** @param agents those who have no accident */
export function planParts(chance: Chance, length: number, agents: readonly Agent[], seed: string): Parts {
  // A short list of agents has no two teams with somebody for every part.
  if (agents.length < 20) return { handoffs: [], needs: [], resources: [], reservations: [], conflicts: [] };
  return {
    handoffs: handoffs(chance, length, agents, seed),
    needs: needs(chance, length, agents, seed),
    resources: [{ id: 'load-test-rig', domain: 'platform', capacity: 3 }],
    reservations: reservations(chance, length, agents),
    conflicts: conflicts(chance, length, agents, seed),
  };
}

const specOf = (id: string, { team }: Agent, title: string, minutes: number): TaskSpec => ({
  id,
  title,
  team,
  topic: `${team}-${id.toLowerCase()}`,
  priority: 'high',
  estimate_minutes: minutes,
});

function handoffs(chance: Chance, length: number, agents: readonly Agent[], seed: string): HandoffPart[] {
  const manners = ['whole', 'silent', 'whole', 'refused', 'whole', 'whole'] as const;
  const openers = chance.shuffled(agents);
  const taken = new Set<string>();
  return manners.flatMap((manner, n) => {
    const by = openers[n];
    if (!by) return [];
    // The first stays within its domain, the others cross a border where they find somebody.
    const others = agents.filter(({ id, team, domain }) => {
      const isElsewhere = n === 0 ? domain === by.domain : domain !== by.domain;
      return (
        isElsewhere &&
        team !== by.team &&
        !taken.has(id) &&
        !openers.slice(0, manners.length).some((one) => one.id === id)
      );
    });
    const [recipient] = chance.shuffled(others);
    if (!recipient) return [];
    taken.add(recipient.id);
    const task = specOf(`HND-${seed}-${String(n + 1)}`, by, 'Finish the price service', 110);
    const to = { team: recipient.team, recipient: recipient.id };
    return [{ at: Math.round(length * (0.05 + n * 0.06)), task, domain: by.domain, by: by.id, to, manner }];
  });
}

function needs(chance: Chance, length: number, agents: readonly Agent[], seed: string): NeedPart[] {
  const id = (what: string): string => `DEP-${seed}-${what}`;
  const pairs = Array.from({ length: 5 }, (_, n): NeedPart => {
    const by = chance.pick(agents);
    const provider = chance.pick(
      agents.filter(({ domain, team }) => (n % 2 === 0 ? domain !== by.domain : team !== by.team)),
    );
    const [task, on] = [id(`${String(n + 1)}a`), id(`${String(n + 1)}b`)];
    return {
      at: Math.round(length * (0.04 + chance.next() * 0.25)),
      name: task,
      by: by.id,
      task: specOf(task, by, 'Ship the price service', 20),
      provider: { task: specOf(on, provider, 'Provide the price feed', 25), domain: provider.domain },
      taskId: task,
      on,
      type: n === 4 ? 'informational' : 'blocking',
      sendsBack: n === 1,
    };
  });
  return [...pairs, ...circle(chance, length, agents, id)];
}

/** Three tasks in a row, and a fourth need that would close the circle: that one is refused. */
function circle(chance: Chance, length: number, agents: readonly Agent[], id: (what: string) => string): NeedPart[] {
  const [first, second, third] = chance.shuffled(agents);
  if (!first || !second || !third) return [];
  const [a, b, c] = [id('x'), id('y'), id('z')];
  const need = (at: number, by: Agent, taskId: string, on: string, more: Partial<NeedPart>): NeedPart => ({
    at: Math.round(length * 0.1) + at,
    name: `${taskId} needs ${on}`,
    by: by.id,
    task: undefined,
    provider: undefined,
    taskId,
    on,
    type: 'blocking',
    sendsBack: false,
    ...more,
  });
  const provider = { task: specOf(c, third, 'Lay the ground', 40), domain: third.domain };
  return [
    need(0, second, b, c, { task: specOf(b, second, 'Build on the ground', 15), provider }),
    need(3000, first, a, b, { task: specOf(a, first, 'Finish what was built', 15) }),
    need(6000, third, c, a, {}),
  ];
}

/** More is wanted of the rig than there is: the second of two teams is refused what the first has. */
function reservations(chance: Chance, length: number, agents: readonly Agent[]): ReservationPart[] {
  const [first, ...rest] = chance.shuffled(agents);
  const others = rest.filter(({ team }) => team !== first?.team);
  return [first, ...others].slice(0, 5).flatMap((agent, n): ReservationPart[] => {
    if (!agent) return [];
    const fromHours = n < 2 ? 2 + n : 2 + chance.int(0, 6);
    const toHours = fromHours + (n < 2 ? 3 : chance.int(1, 3));
    const at = Math.round(length * (0.1 + n * 0.05));
    const amount = n < 2 ? 2 : chance.int(1, 2);
    return [
      { at, name: `reservation ${String(n + 1)}`, by: agent.id, resource: 'load-test-rig', fromHours, toHours, amount },
    ];
  });
}

/** One inside a domain that is settled, one that is not and goes to its orchestrator, and one across domains that the enterprise decides. */
function conflicts(chance: Chance, length: number, agents: readonly Agent[], seed: string): ConflictPart[] {
  const wanted = [
    { type: 'priority', manner: 'agree', isInside: true },
    { type: 'technical', manner: 'stubborn', isInside: true },
    { type: 'scope', manner: 'stubborn', isInside: false },
  ] as const;
  const taken = new Set<string>();
  return wanted.flatMap(({ type, manner, isInside }, n): ConflictPart[] => {
    const free = chance.shuffled(agents.filter(({ id }) => !taken.has(id)));
    const fits = (one: Agent, other: Agent): boolean =>
      one.team !== other.team && (one.domain === other.domain) === isInside;
    const first = free.find((one) => free.some((other) => fits(one, other)));
    const second = first && free.find((other) => fits(first, other));
    if (!first || !second) return [];
    const both = [first, second];
    for (const { id } of both) taken.add(id);
    const name = `CNF-${seed}-${String(n + 1)}`;
    const parties = both.map(({ id, team, domain }) => ({ domain, team, speakers: [id] }));
    const subject = `service/${name.toLowerCase()}`;
    return [{ at: Math.round(length * (0.06 + n * 0.03)), name, by: first.id, type, subject, parties, manner }];
  });
}
