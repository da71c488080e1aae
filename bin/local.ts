import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiClient, apiClient, exampleOrganization, invitePeople } from './local/client.ts';
import { startLocalCloud } from './local/cloud.ts';
import { deployApp } from './local/deploy.ts';
import { steps } from './local/steps.ts';
import { decisions, show, type Shown } from './local/tour.ts';
import { whatToTry } from './local/what-to-try.ts';

const dir = join(import.meta.dirname, '..', '.local');
mkdirSync(dir, { recursive: true });
const step = steps();

console.log('Enterprise Orchestra, on a cloud of its own on this machine\n');

const cloud = await step('Local cloud', (log) => startLocalCloud({ dir, log }));
const outputs = await step('Deploy with the CDK (6 stacks)', (log) =>
  deployApp(cloud, {
    context: { env: 'local', cognito_jwks_base: cloud.endpoint },
    onProgress: (line) => log(line),
  }),
);
const people = await invitePeople(cloud, outputs);
const client: ApiClient = apiClient(cloud, outputs, people);

await step('Import examples/organization.yaml', async (log) => {
  const as = { runtime: 'operator', principal: 'hum_operator' };
  const reply = await client.call('PUT', '/organization', as, exampleOrganization(client.clientId, people));
  if (reply.status !== 200) throw new Error(`the import was refused: ${JSON.stringify(reply.body)}`);
  const { created } = reply.body as { created: { kind: string }[] };
  const counts = Object.entries(Object.groupBy(created, ({ kind }) => kind)).map(
    ([kind, all]) => `${String(all?.length)} ${kind}s`,
  );
  log(counts.join(', '));
});

await step('Token by client credentials', async (log) => {
  const token = await client.token('product-runtime');
  log(`for the client product-runtime, ${String(token.length)} characters`);
});

const shown: Shown[] = await step('Three decisions', async (log) => {
  const all: Shown[] = [];
  for (const one of decisions) {
    all.push(await show(client, one));
    log(one.title);
  }
  return all;
});

for (const one of shown) console.log(one.text);
console.log(await whatToTry(client, shown));

const stop = async (): Promise<void> => {
  console.log('\nStopping the local cloud');
  await cloud.stop();
  process.exit(0);
};
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
// In the foreground until it is told to stop.
setInterval(() => undefined, 2 ** 30);
