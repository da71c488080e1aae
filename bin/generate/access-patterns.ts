import { globSync, readFileSync } from 'node:fs';

type Pattern = { slice: string; id: string; question: string; key: string };

/** Access patterns are the docstrings above the key functions of each store: `/** D5 Agents of a team. *\/`. */
function patternsIn(file: string): Pattern[] {
  const slice = file.split('/')[1] ?? file;
  const text = readFileSync(file, 'utf8');
  const above = /\/\*\* ([A-Z]\d+) ([\s\S]*?) ?\*\/\s*(\w+)\s*[:(=]/g;
  return [...text.matchAll(above)].map(([, id = '', question = '', key = '']) => ({
    slice,
    id,
    key,
    question: question.replaceAll(/\s*\n\s*\*\s*/g, ' ').trim(),
  }));
}

/** The access-pattern document. */
export function accessPatterns(): string {
  const files = globSync('functions/*/{store,*-store,keys,ledger,principal}*.ts').toSorted();
  const patterns = files.flatMap(patternsIn).toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  if (patterns.length === 0) throw new Error('no access pattern was found: the document would be empty');
  const rows = patterns.map(({ id, slice, key, question }) => `| ${id} | ${slice} | \`${key}\` | ${question} |`);
  return [
    '# Access patterns',
    '',
    'Generated from the docstrings of the key functions (`npm run generate`). Every question that is put to DynamoDB.',
    '',
    '| id | slice | key | question |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
