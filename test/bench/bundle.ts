import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployable } from './assembly.ts';
import { type Figure, under } from './report.ts';
import { sum } from './statistics.ts';

/** Size of what is uploaded for each function. */
export const bundleFigures = (functions: readonly Deployable[]): Figure[] =>
  functions.map(({ label, directory }) => ({
    name: `bundle.${label}`,
    value: sum(filesOf(directory).map((name) => statSync(join(directory, name)).size)),
    unit: 'bytes',
    target: under(1_000_000),
    against: 'The deployed asset without the WebAssembly of Cedar, where there is one.',
  }));

const filesOf = (directory: string): string[] => readdirSync(directory).filter((name) => !name.endsWith('.wasm'));
