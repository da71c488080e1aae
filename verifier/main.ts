import { parseArgs } from 'node:util';
import { readEvidence, Unusable } from './evidence.ts';
import type { Counts } from './findings.ts';
import { verifyEvidence } from './verify.ts';

const usage = `npm run verify -- <folder> [--keys <keys.json>] [--anchor <checkpoint.json>]

Verifies exported entries, checkpoints and proofs of the ledger, offline. Prints one finding a line.
  --keys    public keys that you kept, instead of those in the folder
  --anchor  a checkpoint that you kept, or took from the archive: a log cut behind it is found
Exit status: 0 nothing wrong, 1 findings, 2 the input cannot be used.`;

const summary = (counts: Counts): string =>
  `${counts.entries} entries (${counts.hashOnly} by their hash alone), ${counts.checkpoints} checkpoints ` +
  `(${counts.roots} computed anew from the entries), ${counts.proofs} proofs`;

function run(args: readonly string[]): number {
  const options = { keys: { type: 'string' }, anchor: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [folder, ...others] = positionals;
  if (values.help || folder === undefined || others.length > 0) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  const { findings, counts } = verifyEvidence(readEvidence(folder, values));
  for (const { kind, detail } of findings) console.log(`${kind}: ${detail}`);
  console.log(`${findings.length === 0 ? 'Verified' : `Findings: ${findings.length} in`} ${summary(counts)}`);
  if (values.keys === undefined) console.log('The keys are those of the folder; pin your own with --keys.');
  return findings.length === 0 ? 0 : 1;
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  const isInput = error instanceof Unusable || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  if (!isInput) throw error;
  console.error(`Cannot be verified: ${(error as Error).message}`);
  process.exitCode = 2;
}
