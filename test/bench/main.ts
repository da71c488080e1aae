import { parseArgs } from 'node:util';
import { auditFigures } from './audit.ts';
import { bundleFigures } from './bundle.ts';
import { coldStartFigures } from './cold-start.ts';
import { computeFigures } from './compute.ts';
import { cycleFigures } from './cycle.ts';
import { roundTripFigures } from './decision.ts';
import { writeDocument } from './document.ts';
import { durableFigures } from './durable.ts';
import { forecastFigures } from './forecast.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { ledgerFigures } from './ledger.ts';
import { limitFigures } from './limits.ts';
import { rankingFigures } from './ranking.ts';
import { reclaimFigures } from './reclaim.ts';
import { type Figure, isMet, jsonLine, table } from './report.ts';
import { sealFigures } from './seal.ts';
import { simulationFigures } from './simulation.ts';
import { crewItems, stormFigures } from './storm.ts';
import { taskRequestFigures } from './task-requests.ts';

/**
 * `--json`: one object a line. `--only <prefix>[,<prefix>]`: those figures alone; nothing is written to docs but with `--write`, which
 * puts whole groups in the place of what the document had of them.
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, write: { type: 'boolean' } },
});
const only = (values.only ?? '').split(',');

const few = 10;
const some = 1_000;
const many = 100_000;

const began = performance.now();
const say = (line: string): void => console.error(`[${Math.round((performance.now() - began) / 1000)} s] ${line}`);

type Section = { names: readonly string[]; measure: (lab: Laboratory) => Promise<Figure[]> };

/** What is timed comes first: the many records make the local cloud slower. */
const sections: readonly Section[] = [
  { names: ['decision.compute'], measure: () => computeFigures() },
  { names: ['seal', 'proof'], measure: () => sealFigures() },
  { names: ['simulation'], measure: () => simulationFigures() },
  { names: ['ranking'], measure: () => rankingFigures() },
  {
    names: ['decision.durable'],
    measure: async (lab) => durableFigures(await lab.world(few), await lab.envOf('authority-api')),
  },
  { names: ['cold_start'], measure: (lab) => coldStartFigures(lab, (label) => wanted(`cold_start.${label}`)) },
  { names: ['bundle'], measure: async (lab) => bundleFigures(lab.functions) },
  {
    names: ['ledger'],
    measure: async (lab) => ledgerFigures(Number((await lab.envOf('authority-api')).LEDGER_SHARDS)),
  },
  { names: ['limits'], measure: () => limitFigures() },
  { names: ['forecast'], measure: async () => forecastFigures() },
  {
    names: ['claim'],
    measure: async (lab) =>
      stormFigures(await lab.freshWorld('crew', crewItems(new Date())), await lab.envOf('workload-api')),
  },
  {
    names: ['dependency'],
    measure: async (lab) => cycleFigures((await lab.envOf('workload-api')) as { STATE_TABLE: string }),
  },
  { names: ['lease'], measure: async (lab) => reclaimFigures(await lab.envOf('workload-api')) },
  {
    names: ['decision.round_trips', 'decision.requests'],
    measure: async (lab) =>
      roundTripFigures([await lab.world(few), await lab.world(many)], await lab.envOf('authority-api')),
  },
  {
    names: ['task'],
    measure: async (lab) =>
      taskRequestFigures([await lab.world(few), await lab.world(many)], await lab.envOf('workload-api')),
  },
  {
    names: ['audit'],
    measure: async (lab) => auditFigures(await lab.world(some), await lab.world(many), await lab.envOf('audit-api')),
  },
];

const wanted = (name: string): boolean => only.some((one) => name.startsWith(one) || one.startsWith(name));

async function measureAll(): Promise<Figure[]> {
  const lab = await openLaboratory(say);
  try {
    const figures: Figure[] = [];
    for (const { names, measure } of sections.filter((section) => section.names.some(wanted))) {
      say(`Measuring ${names.join(', ')}`);
      figures.push(...(await measure(lab)));
    }
    return figures.filter(({ name }) => only.some((one) => name.startsWith(one)));
  } finally {
    await lab.stop();
  }
}

const figures = await measureAll();
if (figures.length === 0) throw new Error(`no figure begins with ${only.join(' or ')}`);
console.log(values.json ? figures.map(jsonLine).join('\n') : table(figures));
const isAll = only.includes('');
if (isAll || values.write) await writeDocument(figures, isAll);
const missed = figures.filter((one) => isMet(one) === false);
for (const { name } of missed) say(`${name} misses its target`);
if (missed.length > 0) process.exitCode = 1;
