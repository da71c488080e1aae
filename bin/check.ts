import { spawn } from 'node:child_process';
import { pathWithNode24 } from './local/cloud.ts';

/** The gates, in the order of their cost. Each prints what it checked; the first that fails ends the check. */
const gates: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings', 'bin', 'lib', 'functions', 'test', 'verifier'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['dead code', 'knip', '--no-progress'],
  ['generated files', 'node', 'bin/generate.ts', '--check'],
  ['OpenAPI lint', 'redocly', 'lint', 'docs/openapi.json'],
  ['synth and nag, dev', 'cdk', 'synth', '--quiet', '--context', 'env=dev', '--output', 'cdk.out/dev'],
  ['synth and nag, prod', 'cdk', 'synth', '--quiet', '--context', 'env=prod', '--output', 'cdk.out/prod'],
];

const env = {
  ...process.env,
  PATH: pathWithNode24(process.env.PATH),
  REDOCLY_TELEMETRY: 'off',
  CDK_DISABLE_CLI_TELEMETRY: 'true',
};

async function passes(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(command, args, { env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

for (const [name, command, ...args] of gates) {
  const began = Date.now();
  console.log(`\n── ${name}`);
  if (!(await passes(command, args))) {
    console.error(`\n${name}: failed`);
    process.exit(1);
  }
  console.log(`${name}: passed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
