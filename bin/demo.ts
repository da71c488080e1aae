import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { close, readBooks } from './demo/account/books.ts';
import { printed } from './demo/account/print.ts';
import { demoOrganization } from './demo/crew.ts';
import { assemble } from './demo/day.ts';
import { callerOf } from './demo/http.ts';
import { planDay } from './demo/plan.ts';
import { scaleWaits } from './demo/clocks.ts';
import { apiClient, exampleOrganization, invitePeople } from './local/client.ts';
import { startLocalCloud } from './local/cloud.ts';
import { deployApp } from './local/deploy.ts';
import { steps } from './local/steps.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '2.5' },
    json: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
if (!/^[a-z0-9]{1,12}$/i.test(values.seed) || !(minutes >= 0.3 && minutes <= 60)) {
  console.error('Usage: npm run demo -- [--seed n] [--minutes 0.3..60] [--json]');
  process.exit(2);
}
// With --json the account is all that is on stdout.
if (values.json) console.log = console.error;

// The ends of everything that was started hang on the end of this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const leaseSeconds = 12;
const heartbeatSeconds = 8;
const workingDayMs = 8 * 3_600_000;
const dir = join(import.meta.dirname, '..', '.local');
mkdirSync(dir, { recursive: true });
const step = steps();

console.log('A working day of forty agents, on a cloud of its own on this machine\n');
const cloud = await step('Local cloud', (log) => startLocalCloud({ dir, log }));
let code = 1;
try {
  const outputs = await step('Deploy with the CDK', (log) =>
    deployApp(cloud, {
      context: {
        env: 'local',
        cognito_jwks_base: cloud.endpoint,
        lease_seconds: String(leaseSeconds),
        heartbeat_seconds: String(heartbeatSeconds),
        rate_limit_per_minute: '100000',
      },
      onProgress: (line) => log(line),
    }),
  );
  const people = await invitePeople(cloud, outputs);
  const client = apiClient(cloud, outputs, people);
  const { document, agents } = demoOrganization(exampleOrganization(client.clientId, people), values.seed);
  await step('Import the organization', async (log) => {
    const reply = await client.call(
      'PUT',
      '/organization',
      { runtime: 'operator', principal: 'hum_operator' },
      document,
    );
    if (reply.status !== 200) throw new Error(`the import was refused: ${JSON.stringify(reply.body)}`);
    log(`${String(agents.length)} agents in ${String(new Set(agents.map(({ domain }) => domain)).size)} domains`);
  });
  const plan = planDay(values.seed, minutes * 60_000, agents, leaseSeconds);
  const stage = { url: client.url, token: client.token, agents, leaseSeconds, heartbeatSeconds, isQuiet: values.json };
  console.log(
    `\n  ${String(plan.tasks.length)} tasks and ${String(plan.accidents.length)} accidents are planned (seed ${values.seed})\n`,
  );
  await scaleWaits(cloud.endpoint, plan.length / workingDayMs);
  const day = await step('The agents come to work', (log) => assemble(stage, plan, log));
  console.log('');
  const seen = await day.play();
  const auditor = callerOf({
    url: client.url,
    token: () => client.token('people/hum_auditor'),
    principal: 'hum_auditor',
  });
  const domains = [...new Set(agents.map(({ domain }) => domain))];
  const books = await step('Read the ledger and the state', () => readBooks(auditor, domains));
  await day.goHome();
  const account = close(values.seed, books, seen, leaseSeconds);
  if (values.json) process.stdout.write(`${JSON.stringify(account, null, 2)}\n`);
  else console.log(printed(account, seen));
  code = account.balances ? 0 : 1;
} finally {
  await cloud.stop();
}
process.exit(code);
