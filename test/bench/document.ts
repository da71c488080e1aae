import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { bound, type Figure, shown, verdict } from './report.ts';

const path = new URL('../../docs/performance.md', import.meta.url).pathname;

const introduction = `# Performance

Written by \`npm run bench\`. \`npm run bench -- --json\` prints one object a line instead, \`npm run bench -- --only
<prefix>\` measures some of the figures and writes nothing. The command fails when a figure misses its target.

Everything is measured on the real app, deployed to a local cloud of its own. Ratios compare two things within one run, turn
by turn, so that they hold on another host; times depend on the host and have no target. Where a turn is taken by something
that other programs slow down as well, measure on an idle host.
`;

/** Writes the figures, each with what it is measured on and against. */
export async function writeDocument(figures: readonly Figure[]): Promise<void> {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const row = (one: Figure): string =>
    `| \`${one.name}\` | ${shown(one.value)} | ${one.unit} | ${bound(one)} | ${verdict(one)} | ${cell(one.against)} |`;
  const head =
    '| figure | value | unit | target | met | measured on, against |\n| --- | ---: | --- | --- | --- | --- |';
  const text = `${introduction}\n${[head, ...figures.map(row)].join('\n')}\n`;
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), parser: 'markdown' }));
}
