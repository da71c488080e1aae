import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { marshall } from '@aws-sdk/util-dynamodb';
import { newId, newIdOf } from '../../functions/shared/ids.ts';
import { type Issuer, mint } from '../support/issuers.ts';
import { apiEvent, decisionEvent } from './events.ts';
import { agentAt, clientId, domains, entryAt } from './population.ts';

/** The first request that a function gets, made anew for each process, and whether an answer is the one it should give. */
export type FirstRequest = { what: string; event: () => unknown; accepts: (answer: never) => boolean };

type Http = { statusCode: number };
const agent = agentAt(0);

const asAgent = (path: string, query?: Record<string, string>): FirstRequest => ({
  what: `GET ${path}${query ? ' of one agent' : ''}, asked by an agent`,
  event: () => apiEvent({ method: 'GET', path, as: agent, ...(query ? { query } : {}) }),
  accepts: ({ statusCode }: Http) => statusCode === 200,
});

const streamed: FirstRequest = {
  what: "one new entry from the ledger's stream",
  event: () => {
    const NewImage = marshall(entryAt(1, new Date()), { removeUndefinedValues: true });
    return { Records: [{ eventID: '1', eventName: 'INSERT', dynamodb: { SequenceNumber: '1', NewImage } }] };
  },
  accepts: ({ batchItemFailures }: { batchItemFailures: unknown[] }) => batchItemFailures.length === 0,
};

const examples = new URL('../contract/fixtures/events/', import.meta.url);

/** An event of a type as a queue delivers it: the example of the contract tests under an id of its own, with other data where given. */
const queued = (what: string, type: string, other: object = {}): FirstRequest => ({
  what,
  event: () => {
    const { data, ...event } = JSON.parse(readFileSync(new URL(`${type}.json`, examples), 'utf8'));
    const detail = { ...event, id: newId(new Date()), data: { ...data, ...other } };
    return { Records: [{ messageId: '1', body: JSON.stringify({ detail }) }] };
  },
  accepts: streamed.accepts,
});
const { id: agent_id, ...home } = agent;
const retired = queued('an agent that was retired', 'orchestra.agent.status-changed.v1', {
  agent_id,
  ...home,
  to: 'retired',
});
const finished = queued('a task that was completed', 'orchestra.task.completed.v1');
const swept = (what: string): FirstRequest => ({ what, event: () => ({}), accepts: () => true });

/**
 * What each function is asked first, by its label.
 * @param token bearer token of the agents' client
 * @param url where the answer of a CloudFormation custom resource is put
 */
export const firstRequests = (token: string, url: string): Record<string, FirstRequest> => ({
  'approvals-api': asAgent(`/v1/agents/${agent.id}/inbox`),
  'approvals-consumer': retired,
  'approvals-sweeper': swept('a look at what is due and overdue'),
  'audit-api': asAgent('/v1/audit/entries', { agent: agent.id }),
  'audit-reconciler': {
    what: 'one domain and day: every shard of the ledger, and the archive',
    event: () => ({ domains: [domains[0]] }),
    accepts: (answer: unknown[]) => answer.length === 1,
  },
  'audit-sealer': {
    what: 'a look at the tree over the ledger and at its newest checkpoint',
    event: () => ({}),
    accepts: ({ lag }: { lag: number }) => lag === 0,
  },
  'authority-api': {
    what: 'a decision, allowed with a receipt by the starter policies: parses them, unwraps the signing key',
    event: () => decisionEvent(agent),
    accepts: ({ statusCode }: Http) => statusCode === 201,
  },
  'authority-sweeper': swept('a look at every shard of due outcomes'),
  'conflicts-api': asAgent('/v1/conflicts'),
  'conflicts-consumer': queued('a conflict that was resolved', 'orchestra.conflict.resolved.v1'),
  'conflicts-sweeper': swept('a look for conflicts whose clock has stopped'),
  'dependencies-api': asAgent('/v1/resources'),
  'dependencies-consumer': finished,
  'dependencies-sweeper': swept('a look at the dependencies that time may have changed'),
  'directory-api': asAgent(`/v1/agents/${agent.id}`),
  'directory-sweeper': swept('a look for agents that have been silent for too long'),
  'handoffs-api': asAgent('/v1/handoffs'),
  'handoffs-consumer': queued('a handoff that was taken back', 'orchestra.handoff.withdrawn.v1'),
  'handoffs-sweeper': swept('a look for handoffs whose clock has stopped'),
  'limits-api': asAgent(`/v1/limits/agent/${agent.id}`),
  'platform-archiver': streamed,
  'platform-authorizer': {
    what: 'a token, with the keys of its issuer still to be fetched',
    event: () => ({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:000000000000:bench/live/GET/v1/agents',
      headers: { authorization: `Bearer ${token}`, 'orchestra-principal': agent.id },
    }),
    accepts: ({ principalId }: { principalId: string }) => principalId === clientId,
  },
  'platform-documents': asAgent('/v1/openapi.json'),
  'platform-relay': streamed,
  'platform-seed': {
    what: 'an update of the deployment: parses and validates the starter policies',
    event: () => ({ RequestType: 'Update', ResponseURL: url, StackId: 's', RequestId: 'r', LogicalResourceId: 'l' }),
    accepts: () => true,
  },
  'policies-api': asAgent('/v1/policies'),
  'policies-steps': {
    what: 'the news of a failed simulation, one that is not there',
    event: () => ({ step: 'fail', simulation_id: newIdOf('sim'), reason: 'bench' }),
    accepts: ({ state }: { state: string }) => state === 'failed',
  },
  'policies-sweeper': swept('a look at the pointer and the running simulations'),
  'workload-api': asAgent(`/v1/agents/${agent.id}/work`),
  'workload-consumer': retired,
  'workload-sweeper': {
    what: 'a look at leases, claims and agents with too much to do',
    event: () => ({}),
    accepts: ({ expired }: { expired: string[] }) => expired.length === 0,
  },
});

/** Every step of them is about an escalation, a handoff or a conflict that waits, and the tables of the bench have none. */
export const unmeasured: ReadonlySet<string> = new Set(['approvals-steps', 'conflicts-steps', 'handoffs-steps']);

/** A token as the agents' client gets it. */
export const agentToken = (issuer: Issuer): Promise<string> =>
  mint(issuer, { azp: clientId, scope: 'orchestra/directory:read', token_use: 'access' });

/** Takes the answers of custom resources, and refuses one that tells of a failure, so that its function fails too. */
export async function startSink(): Promise<{ url: string; stop: () => void }> {
  const server = createServer((request, response) => {
    void text(request).then((body) => response.writeHead(body.includes('"FAILED"') ? 500 : 200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, stop };
}
