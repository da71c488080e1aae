import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { join } from 'node:path';
import { exportEvidence } from '../evidence/export.ts';
import type { ApiClient } from './client.ts';
import type { LocalCloud } from './cloud.ts';
import { run } from './run.ts';

const auditor = { runtime: 'people/hum_auditor', principal: 'hum_auditor' };
const repository = join(import.meta.dirname, '..', '..');

/** Has the signer run now, as its schedule has it run every minute, so that nobody waits for the clock. */
async function signNow({ endpoint, env }: LocalCloud): Promise<void> {
  const {
    AWS_REGION: region = '',
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
  } = env;
  const lambda = new LambdaClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  await lambda.send(new InvokeCommand({ FunctionName: 'orchestra-local-audit-sealer', Payload: '{}' }));
}

/** Waits until a signed checkpoint covers an entry. */
async function sealed(client: ApiClient, cloud: LocalCloud, entryId: string): Promise<void> {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    const { status } = await client.call('GET', `/audit/entries/${entryId}/proof`, auditor);
    if (status === 200) return;
    await signNow(cloud);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`the entry ${entryId} was not sealed`);
}

/**
 * Exports the log with its proofs once an entry is sealed, and verifies it with the stand-alone verifier.
 * @returns what the verifier printed
 * @throws Error when it finds anything
 */
export async function proveLog(client: ApiClient, cloud: LocalCloud, entryId: string, folder: string) {
  await sealed(client, cloud, entryId);
  const get = (path: string) => client.call('GET', path, auditor);
  const { entries } = await exportEvidence(get, folder);
  const lines = await run(process.execPath, [join(repository, 'verifier', 'main.ts'), folder]);
  return { entries, said: lines.filter((line) => line !== '') };
}
