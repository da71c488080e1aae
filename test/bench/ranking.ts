import { addSeconds } from '../../functions/shared/clock.ts';
import { type AgentLoad, idle, withTopic } from '../../functions/workload/load-model.ts';
import { rank } from '../../functions/workload/rank-model.ts';
import { agentOf } from './population.ts';
import { type Figure, under } from './report.ts';
import { median, timed } from './statistics.ts';
import { crewAgent, openTask, ordinary } from './workforce.ts';

const candidates = 1_000;
const rounds = 200;
const warmUp = 50;
const now = new Date();

/** An agent with some history; no two of them fit alike. */
function loadAt(n: number): AgentLoad {
  const agent = agentOf(crewAgent(n), n, now);
  const working = n % 3;
  const free = agent.capacity - working;
  const history = { done: n % 40, failed: n % 7, revised: n % 5, estimated_minutes: n * 3, spent_minutes: n * 2 };
  const recent = Array.from({ length: n % 10 }, (_, at) => (at % 2 === 0 ? ordinary.topic : 'billing'));
  return { ...idle(agent), ...history, working, slots: free, free, recent: withTopic(recent, null) };
}

/** Ranking alone, without the reads. */
export async function rankingFigures(): Promise<Figure[]> {
  const task = openTask('BENCH-1', crewAgent(0), addSeconds(now, -60));
  const loads = Array.from({ length: candidates }, (_, n) => loadAt(n));
  const times: number[] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    let ranked = 0;
    const milliseconds = await timed(() => {
      ranked = rank(task, loads).candidates.length;
    });
    if (ranked !== candidates) throw new Error(`${ranked} candidates instead of ${candidates}`);
    if (round >= warmUp) times.push(milliseconds);
  }
  const against = `p50 of ${rounds} rankings of ${candidates.toLocaleString('en-US')} candidates in process, each with its score and parts; depends on the host.`;
  return [{ name: 'ranking.ms_per_1000', value: median(times), unit: 'ms', target: under(5), against }];
}
