import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { approve } from './local/approval.ts';
import { type ApiClient, apiClient, exampleOrganization, invitePeople } from './local/client.ts';
import { startLocalCloud } from './local/cloud.ts';
import { deployApp } from './local/deploy.ts';
import { proveLog } from './local/evidence.ts';
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

const [, escalated] = shown;
if (!escalated) throw new Error('the tour has no escalation');
const approved = await step('The escalation approved by a second person, and redeemed', async (log) => {
  const done = await approve(client, escalated);
  log(done.decision.id);
  return done;
});

const folder = join(dir, 'evidence');
rmSync(folder, { recursive: true, force: true });
const proof = await step('The log exported with its proofs, and verified offline', async (log) => {
  const done = await proveLog(client, cloud, approved.decision.entry_id, folder);
  log(`${String(done.entries)} entries`);
  return done;
});

for (const one of [...shown, approved]) console.log(one.text);
console.log(`\n  The log, verified offline by \`npm run verify -- ${relative(process.cwd(), folder)}\``);
for (const line of proof.said) console.log(`    ${line}`);
console.log(await whatToTry(client, people, shown));

const stop = async (): Promise<void> => {
  console.log('\nStopping the local cloud');
  await cloud.stop();
  process.exit(0);
};
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
// In the foreground until it is told to stop.
setInterval(() => undefined, 2 ** 30);
