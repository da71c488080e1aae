import { globSync, readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { expect, it } from 'vitest';

const files = globSync('statemachines/*.asl.json', { cwd: new URL('../../', import.meta.url) });

it('finds definitions to look at', () => {
  expect(files.length).toBeGreaterThan(0);
});

it.each(files)('[OPS-3] %s is valid Amazon States Language', (file) => {
  const definition: unknown = JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
  const { isValid, errorsText } = aslValidator(definition, { checkPaths: true });
  expect(isValid, errorsText('\n')).toBe(true);
});
