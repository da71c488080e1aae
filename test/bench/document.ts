import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { bound, type Figure, shown, verdict } from './report.ts';

const path = new URL('../../docs/performance.md', import.meta.url).pathname;

const introduction = `# Performance

Written by \`npm run bench\`. \`npm run bench -- --json\` prints one object a line instead of a table, \`npm run bench -- --only
<prefix>,<prefix>\` measures some of the figures and writes nothing, but for whole groups of them with \`--write\`. The command fails when a figure misses its target.

Everything is measured on the real app, deployed to a local cloud of its own. Ratios compare two things within one run, by
turns, so that whatever slows the host slows both; medians are compared. Times depend on the host and have no target. On a
host that is busy with other things the ratios of \`decision.durable_ratio\` and \`cold_start\` come out higher.`;

/** What the figures of a group have in common, by the first part of their names. */
const groups: Readonly<Record<string, string>> = {
  decision: 'A decision is made by the handler of the authority function; 50 policies are in force, and it is allowed.',
  simulation: 'A policy version is simulated before it may come into force.',
  cold_start:
    'From the import of the deployed bundle to its first response, in a fresh process; against the same of a function with ' +
    'one SDK client and the logger that reads one record and is bundled alike.',
  bundle: 'What is uploaded for each function.',
  ledger: 'A simulation over the key function of the ledger; a partition takes 1,000 write units a second.',
  seal: 'Entries are sealed into the Merkle tree as the archiver does it, in process: what it computes, without its reads and writes.',
  proof: 'A proof is verified by the stand-alone verifier.',
  limits:
    'A simulation over the real allocation of limits; every purse and vault is an item, and a partition key, of its own. A ' +
    'partition takes 1,000 write units a second.',
  task:
    'A task goes from its queue to its end: created, assigned to the best fit, claimed with a budget, renewed, completed. Each operation ' +
    'through the handler of the workload function.',
  claim: 'A task is claimed by many at once; one gets it.',
  dependency: 'A blocking dependency is refused where it would close a cycle.',
  lease: 'A worker is killed after its claim: nobody renews its lease.',
  forecast: 'Demand for a skill is forecast from its days, in process.',
  ranking: 'Who fits a task is computed in process, from what the index of candidates gave.',
  audit:
    'Pages of the audit trail, through the handler of the audit function. Both ledgers have the same newest entries; only ' +
    'what lies behind them differs.',
};

/**
 * Writes the figures, each with what it is measured on and against.
 * @param isAll those of a group that was not measured go; else they stay as they were
 */
export async function writeDocument(figures: readonly Figure[], isAll: boolean): Promise<void> {
  const grouped = Map.groupBy(figures, ({ name }) => name.split('.')[0] ?? '');
  const sections = isAll ? new Map<string, string>() : written();
  for (const [group, members] of grouped) {
    sections.set(group, `## ${group}\n\n${groups[group] ?? ''}\n\n${tableOf(members)}`);
  }
  const text = [introduction, ...sections.values()].join('\n\n');
  writeFileSync(path, await format(`${text}\n`, { ...(await resolveConfig(path)), parser: 'markdown' }));
}

/** Sections that the document has, by their group. */
function written(): Map<string, string> {
  const [, ...sections] = readFileSync(path, 'utf8').split(/^(?=## )/m);
  return new Map(sections.map((section) => [/^## (\w+)/.exec(section)?.[1] ?? '', section.trim()]));
}

function tableOf(figures: readonly Figure[]): string {
  const row = (one: Figure): string =>
    `| \`${one.name}\` | ${shown(one.value)} | ${one.unit} | ${bound(one)} | ${verdict(one)} | ${one.against} |`;
  const head =
    '| figure | value | unit | target | met | measured on, against |\n| --- | ---: | --- | --- | --- | --- |';
  return [head, ...figures.map(row)].join('\n');
}
