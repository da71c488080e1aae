import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LocalCloud, pathWithNode24, withoutHostAws } from './cloud.ts';
import { run } from './run.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const CDK = join(REPOSITORY, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const NODE = join(REPOSITORY, 'node_modules', 'node', 'bin', 'node');

/** Stack name → output name → value. */
export type StackOutputs = Record<string, Record<string, string>>;

/** How an app is deployed to a local cloud. */
export interface DeployOptions {
  /** CDK context, as `--context name=value`. Without effect on an `assembly`. */
  readonly context: Readonly<Record<string, string>>;
  /** The directory with `cdk.json`; this repository when absent. */
  readonly projectDir?: string;
  /** A directory that `cdk synth` wrote before: deployed as it is, which spares the synthesis. */
  readonly assembly?: string;
  /** Stacks deployed at once. */
  readonly concurrency?: number;
  /** Hears each line that the CDK prints. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Puts the app on `cloud` as AWS would get it: `cdk bootstrap`, `cdk synth`, `cdk deploy --all`, by the pinned CLI.
 * Returns the outputs of the stacks. Throws with the CDK's last telling lines when any of the three fails.
 */
export async function deployApp(cloud: LocalCloud, options: DeployOptions): Promise<StackOutputs> {
  const cdk = cdkOn(cloud, options);
  const project = options.projectDir ?? REPOSITORY;
  const scratch = await mkdtemp(`${cloud.logFile}.`);
  try {
    const assembly = options.assembly ?? join(scratch, 'cdk.out');
    const context = Object.entries(options.context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
    // Neither needs the other. Away from the project, bootstrap does not read its settings or run its app.
    await Promise.all([
      cdk(scratch, ['bootstrap', `aws://${String(cloud.env['AWS_ACCOUNT_ID'])}/${String(cloud.env['AWS_REGION'])}`]),
      options.assembly ?? cdk(project, ['synth', '--quiet', '--output', assembly, ...context]),
    ]);
    const outputs = join(scratch, 'outputs.json');
    await cdk(project, ['deploy', '--all', '--app', assembly, '--outputs-file', outputs, ...deployFlags(options)]);
    return JSON.parse(await readFile(outputs, 'utf8')) as StackOutputs;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function deployFlags(options: DeployOptions): string[] {
  const concurrency = String(options.concurrency ?? 4);
  // A change set costs each stack two more rounds of polling and tells nobody anything here.
  return [
    '--require-approval',
    'never',
    '--method',
    'direct',
    '--concurrency',
    concurrency,
    '--asset-parallelism',
    '--progress',
    'events',
  ];
}

type Cdk = (cwd: string, args: readonly string[]) => Promise<string[]>;

function cdkOn(cloud: LocalCloud, { onProgress }: DeployOptions): Cdk {
  const env = {
    ...withoutHostAws(),
    ...cloud.env,
    PATH: pathWithNode24(process.env['PATH']),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    NO_COLOR: '1',
  };
  const heard = onProgress === undefined ? {} : { onLine: onProgress };
  return (cwd, args) => run(NODE, [CDK, ...args, '--no-notices'], { cwd, env, ...heard });
}
