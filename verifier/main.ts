import { parseArgs } from 'node:util';
import { type Checkpoint, readEvidence, Unusable } from './evidence.ts';
import type { Report } from './findings.ts';
import { verifyEvidence } from './verify.ts';

const usage = `npm run verify -- <folder> [--keys <keys.json>] [--anchor <checkpoint.json>]

Verifies exported entries, checkpoints and proofs of the ledger, offline. Prints one finding a line.
  --keys    public keys that you kept, instead of those in the folder: without them, signatures do not say who signed
  --anchor  a checkpoint that you kept, or took from the archive: a log cut before it is found
Exit status: 0 nothing wrong, 1 findings, 2 the input cannot be used.`;

const summary = ({ counts }: Report): string =>
  `${counts.entries} entries (${counts.hashOnly} by their hash alone), ${counts.checkpoints} checkpoints ` +
  `(${counts.roots} computed anew from the entries), ${counts.proofs} proofs`;

/** Quoted, and the time written anew: what the folder says must not look like a line of ours. */
const named = ({ origin, number, size, timestamp }: Checkpoint): string =>
  `number ${number} of ${JSON.stringify(origin)}, ${size} entries, ${new Date(timestamp).toISOString()}`;

const unpinned =
  'The keys are those of the folder: until you pin your own with --keys, signatures prove nothing about who signed.';
const unanchored =
  'Without --anchor, a log that was cut together with its newest checkpoints is not found: compare the newest with one you kept.';

function run(args: readonly string[]): number {
  const options = { keys: { type: 'string' }, anchor: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [folder, ...others] = positionals;
  if (values.help || folder === undefined || others.length > 0) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  const report = verifyEvidence(readEvidence(folder, values));
  const { findings, newest } = report;
  if (values.keys === undefined) console.log(unpinned);
  for (const { kind, detail } of findings) console.log(`${kind}: ${detail}`);
  console.log(`${findings.length === 0 ? 'Verified' : `Findings: ${findings.length} in`} ${summary(report)}`);
  if (newest) console.log(`Newest checkpoint: ${named(newest)}`);
  if (values.anchor === undefined) console.log(unanchored);
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
