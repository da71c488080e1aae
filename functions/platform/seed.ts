import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { readEnv } from '../shared/env.ts';
import { coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { SeedEnv } from './env.ts';
import { seed } from './seed-steps.ts';
import { starterPack } from './starter-pack.ts';

const env = readEnv(SeedEnv);
const core = coreFrom(env);

/** CloudFormation custom resource: runs at deployment; a failure fails the deployment, and says why. */
export const handler = observed<CloudFormationCustomResourceEvent, void>(async (event) => {
  try {
    const seeds = { operatorClientId: env.OPERATOR_CLIENT_ID, policyFiles: starterPack };
    const written = event.RequestType === 'Delete' ? [] : await seed(core, seeds);
    count('ItemsSeeded', written.length);
    logger.info('seeded', { written });
    await respond(event, 'SUCCESS', `Seeded: ${written.join(', ') || 'nothing new'}`);
  } catch (error) {
    logger.error('seeding failed', error as Error);
    await respond(event, 'FAILED', (error as Error).message.slice(0, 500));
  }
});

async function respond(event: CloudFormationCustomResourceEvent, Status: 'SUCCESS' | 'FAILED', Reason: string) {
  const { StackId, RequestId, LogicalResourceId } = event;
  const answer = { Status, Reason, PhysicalResourceId: 'orchestra-seed', StackId, RequestId, LogicalResourceId };
  const reply = await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
  if (!reply.ok) throw new Error(`CloudFormation answered ${reply.status}`);
}
