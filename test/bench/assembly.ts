import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { pathWithNode24 } from '../../bin/local/cloud.ts';
import { run } from '../../bin/local/run.ts';

const repository = join(import.meta.dirname, '..', '..');

/** A function as the infrastructure deploys it. */
export type Deployable = {
  /** `authority-api` */
  label: string;
  functionName: string;
  /** Directory of its bundle. */
  directory: string;
};

/** Synthesizes the app into a directory, bundles included. */
export async function synthesize(output: string, context: Readonly<Record<string, string>>): Promise<void> {
  const cdk = join(repository, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const given = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  const env = { ...process.env, PATH: pathWithNode24(process.env.PATH), CDK_DISABLE_CLI_TELEMETRY: 'true' };
  await run(process.execPath, [cdk, 'synth', '--quiet', '--no-notices', '--output', output, ...given], {
    cwd: repository,
    env,
  });
}

const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
});
const LambdaFunction = z.object({
  FunctionName: z.string().regex(/^orchestra-local-/),
  Code: z.object({ S3Key: z.string() }),
});

/** Every function of ours in a synthesized app; those that the CDK brings for itself have no name of ours. */
export function functionsIn(assembly: string): Deployable[] {
  const templates = readdirSync(assembly).filter((name) => name.endsWith('.template.json'));
  const found = templates.flatMap((name) => {
    const { Resources } = Template.parse(JSON.parse(readFileSync(join(assembly, name), 'utf8')));
    return Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .flatMap(({ Properties }) => LambdaFunction.safeParse(Properties).data ?? []);
  });
  if (found.length === 0) throw new Error(`no function in ${assembly}`);
  return found
    .map(({ FunctionName: functionName, Code }) => ({
      label: functionName.replace('orchestra-local-', ''),
      functionName,
      directory: join(assembly, `asset.${Code.S3Key.replace('.zip', '')}`),
    }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
}
