import type { ScalingAction, SkillCapacity } from './capacity-contract.ts';
import { allWork } from './capacity-model.ts';

const dayMinutes = 1440;
/** What is planned for: enough left for a day that is worse than expected. */
const aimedUse = 0.75;
/** Below this share of what is available, for all work of a domain, there are more agents than it needs. */
const leastUse = 0.2;
/** So long a wait, in minutes, while there is capacity, is one in the wrong place. */
const longWait = 240;
/** Days with demand behind a proposal to do with less. */
const knownDays = 28;

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const placesFor = (needed: number): number => Math.ceil(needed / (dayMinutes * aimedUse));

/** What to do about skills, `*` among them, each with its reason in numbers; most pressing first. */
export function scalingActions(skills: readonly SkillCapacity[]): ScalingAction[] {
  const total = skills.find(({ skill }) => skill === allWork);
  const pressed = skills
    .filter(({ bottleneck }) => bottleneck)
    .toSorted(
      (a, b) => (b.utilisation ?? Infinity) - (a.utilisation ?? Infinity) || a.skill.localeCompare(b.skill, 'en'),
    );
  const others = skills.filter(({ bottleneck }) => !bottleneck);
  return [
    ...pressed.map((one) => relief(one, total)),
    ...others.flatMap((one) => rebalancing(one) ?? []),
    ...(total ? [reduction(total)] : []).filter((one) => one !== undefined),
  ];
}

/** Places that one agent of the domain brings. */
const perAgent = (total: SkillCapacity | undefined): number =>
  total && total.supply.agents > 0 ? Math.max(1, Math.round(total.supply.capacity / total.supply.agents)) : 1;

/** More of a skill: by agents of the domain that learn it, where all of them together have enough to spare, else by more agents. */
function relief(one: SkillCapacity, total: SkillCapacity | undefined): ScalingAction {
  const { skill, supply, needed_minutes: needed } = one;
  const lacking = Math.max(1, placesFor(needed) - supply.capacity);
  const amount = Math.ceil(lacking / perAgent(total));
  const spare = total ? total.supply.capacity - placesFor(total.needed_minutes) : 0;
  const learners = total ? total.supply.agents - supply.agents : 0;
  const trains = skill !== allWork && spare >= lacking && learners >= amount;
  const use = one.utilisation === null ? 'nobody has it' : `${percent(one.utilisation)}, above 90 %`;
  const how = trains
    ? `${learners} other agents of the domain have ${spare} places to spare`
    : `the domain has ${Math.max(0, spare)} places to spare`;
  const reason =
    `${needed} min a day are needed of ${supply.available_minutes} that ${supply.agents} agents with ${supply.capacity} places ` +
    `have (${use}); ${lacking} more places bring it to 75 % or less, and ${how}.`;
  return { action: trains ? 'train' : 'add_agents', skill, amount, unit: 'agents', reason };
}

function rebalancing({ skill, queue, supply, utilisation }: SkillCapacity): ScalingAction | undefined {
  if (queue.tasks === 0 || queue.oldest_wait_minutes < longWait || supply.capacity === 0) return undefined;
  const reason =
    `${queue.tasks} tasks wait, the oldest for ${queue.oldest_wait_minutes} min, while ${percent(utilisation ?? 0)} of ` +
    `${supply.capacity} places are needed: they wait where nobody is free.`;
  return { action: 'rebalance', skill, amount: queue.tasks, unit: 'tasks', reason };
}

function reduction(total: SkillCapacity): ScalingAction | undefined {
  const { supply, utilisation, queue, needed_minutes: needed, history } = total;
  const first = history.findIndex(({ minutes }) => minutes > 0);
  const known = first === -1 ? 0 : history.length - first;
  if (known < knownDays || queue.tasks > 0 || utilisation === null || utilisation >= leastUse) return undefined;
  const enough = Math.max(1, Math.ceil(placesFor(needed) / perAgent(total)));
  if (supply.agents <= enough) return undefined;
  const reason =
    `${needed} min a day are needed of ${supply.available_minutes} that ${supply.agents} agents have ` +
    `(${percent(utilisation)}, below 20 %), known of ${known} days; ${enough} agents do at 75 %.`;
  return { action: 'reduce', skill: allWork, amount: supply.agents - enough, unit: 'agents', reason };
}
