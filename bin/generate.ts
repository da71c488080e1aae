import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { accessPatterns } from './generate/access-patterns.ts';
import { asyncApi, eventSchema } from './generate/asyncapi.ts';
import { behavioursDocument } from './generate/behaviours.ts';
import { slices } from './generate/catalogue.ts';
import { openApi } from './generate/openapi.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const markdown = async (text: string): Promise<string> =>
  format(text, { ...(await resolveConfig('docs/x.md')), parser: 'markdown' });

/** Every generated file, by path. */
async function generated(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  files.set('docs/openapi.json', json(openApi(slices)));
  files.set('docs/asyncapi.json', json(asyncApi(slices)));
  for (const event of slices.flatMap((slice) => slice.events)) {
    files.set(`docs/events/${event.type}.schema.json`, json(eventSchema(event)));
  }
  files.set('docs/access-patterns.md', await markdown(accessPatterns()));
  files.set('docs/behaviours.md', await markdown(behavioursDocument()));
  return files;
}

const check = process.argv.includes('--check');
const stale: string[] = [];
const files = await generated();
mkdirSync('docs/events', { recursive: true });
for (const [path, text] of files) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(path);
  if (!check) writeFileSync(path, text);
}
if (check && stale.length > 0) {
  console.error(`These generated files are not up to date; run \`npm run generate\`:\n  ${stale.join('\n  ')}`);
  process.exitCode = 1;
} else {
  console.log(
    check ? `${files.size} generated files are up to date` : `${stale.length} of ${files.size} files written`,
  );
}
