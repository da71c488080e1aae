import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { marshall } from '@aws-sdk/util-dynamodb';
import { cloudEventOf } from '../../functions/shared/events.ts';
import { newIdOf } from '../../functions/shared/ids.ts';
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

function queued(): unknown {
  const { id: agent_id, domain, team } = agent;
  const now = new Date();
  const of = {
    agent_id,
    name: 'Agent 0',
    domain,
    team,
    status: 'retired',
    version: 2,
    changed: [],
    concerns: [domain],
  };
  const data = { ...of, from: 'active', to: 'retired' };
  const event = { type: 'orchestra.agent.status-changed.v1', data };
  const detail = cloudEventOf({ ...entryAt(1, now), subject: `agent/${agent_id}`, event });
  return { Records: [{ messageId: '1', body: JSON.stringify({ detail }) }] };
}

/**
 * What each function is asked first, by its label.
 * @param token bearer token of the agents' client
 * @param url where the answer of a CloudFormation custom resource is put
 */
export const firstRequests = (token: string, url: string): Record<string, FirstRequest> => ({
  'approvals-api': asAgent(`/v1/agents/${agent.id}/inbox`),
  'approvals-consumer': { what: 'an agent that was retired', event: queued, accepts: streamed.accepts },
  'approvals-sweeper': { what: 'a look at what is due and overdue', event: () => ({}), accepts: () => true },
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
  'authority-sweeper': { what: 'a look at every shard of due outcomes', event: () => ({}), accepts: () => true },
  'directory-api': asAgent(`/v1/agents/${agent.id}`),
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
  'policies-sweeper': {
    what: 'a look at the pointer and the running simulations',
    event: () => ({}),
    accepts: () => true,
  },
  'workload-api': asAgent(`/v1/agents/${agent.id}/work`),
  'workload-consumer': { what: 'an agent that was retired', event: queued, accepts: streamed.accepts },
  'workload-sweeper': {
    what: 'a look at leases, claims and agents with too much to do',
    event: () => ({}),
    accepts: ({ expired }: { expired: string[] }) => expired.length === 0,
  },
});

/** Every step of it is about an escalation that waits, and the tables of the bench have none. */
export const unmeasured: ReadonlySet<string> = new Set(['approvals-steps']);

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
