import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { LocalCloud } from './cloud.ts';
import type { StackOutputs } from './deploy.ts';
import { invite, type Person, signIn, type SignInPages } from './people.ts';

export type Answer = { status: number; body: unknown };

/** The deployed API, as a runtime with an OAuth client, or a person who signs in, sees it. */
export type ApiClient = {
  /** Base URL of the routes, without `/v1`. */
  url: string;
  tokenUrl: string;
  clientId: (runtime: string) => string;
  clientSecret: (runtime: string) => Promise<string>;
  /** Where people sign in. */
  pages: SignInPages;
  /** An access token: of a runtime by client credentials, of a person (`people/<username>`) by signing in. */
  token: (runtime: string) => Promise<string>;
  call: (method: string, path: string, as: { runtime: string; principal: string }, body?: unknown) => Promise<Answer>;
};

type Reached = Pick<LocalCloud, 'endpoint' | 'env'>;

const pascal = (name: string): string =>
  name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

/** @throws Error when the deployment has no such output */
export function outputOf(outputs: StackOutputs, name: string): string {
  const value = Object.values(outputs)
    .map((stack) => stack[name])
    .find((one) => one !== undefined);
  if (value === undefined) throw new Error(`the deployment has no output ${name}`);
  return value;
}

export function apiClient(cloud: Reached, outputs: StackOutputs, people: readonly Person[]): ApiClient {
  const url = `${cloud.endpoint}/_aws/execute-api/${outputOf(outputs, 'RestApiId')}/live`;
  const tokenUrl = `${cloud.endpoint}/oauth2/token`;
  const clientId = (runtime: string): string => outputOf(outputs, `Client${pascal(runtime)}`);
  const clientSecret = (runtime: string): Promise<string> =>
    secretOf(cloud, outputOf(outputs, 'UserPoolId'), clientId(runtime));
  const authorize = `${cloud.endpoint}/oauth2/authorize`;
  const pages = {
    authorize,
    token: tokenUrl,
    clientId: clientId('people'),
    callback: 'http://localhost:8765/signed-in',
  };
  const fresh = async (runtime: string): Promise<string> => {
    const [, username] = /^people\/(.+)$/.exec(runtime) ?? [];
    if (username === undefined) return grant(tokenUrl, clientId(runtime), await clientSecret(runtime));
    const person = people.find((one) => one.username === username);
    if (!person) throw new Error(`nobody was invited as ${username}`);
    return signIn(pages, person);
  };
  const tokens = new Map<string, Promise<string>>();
  const token = (runtime: string): Promise<string> => {
    const known = tokens.get(runtime) ?? fresh(runtime);
    tokens.set(runtime, known);
    return known;
  };
  const call: ApiClient['call'] = async (method, path, as, body) => {
    const text = typeof body === 'string';
    const reply = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await token(as.runtime)}`,
        'orchestra-principal': as.principal,
        'content-type': text ? 'application/yaml' : 'application/json',
        ...(method === 'POST' ? { 'idempotency-key': `"${randomUUID()}"` } : {}),
      },
      ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
    });
    return { status: reply.status, body: await reply.json() };
  };
  return { url, tokenUrl, pages, clientId, clientSecret, token, call };
}

function cognitoOf(cloud: Reached): CognitoIdentityProviderClient {
  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = cloud.env;
  return new CognitoIdentityProviderClient({
    endpoint: cloud.endpoint,
    region: AWS_REGION,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
}

/** Invites the people of the example organization who sign in. */
export const invitePeople = (cloud: Reached, outputs: StackOutputs): Promise<Person[]> =>
  invite(cognitoOf(cloud), outputOf(outputs, 'UserPoolId'), [
    ...new Set([...exampleText().matchAll(/\$\{subject:(\w+)\}/g)].map(([, username = '']) => username)),
  ]);

async function secretOf(cloud: Reached, UserPoolId: string, ClientId: string): Promise<string> {
  const reply = await cognitoOf(cloud).send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
  const secret = reply.UserPoolClient?.ClientSecret;
  if (secret === undefined) throw new Error(`the client ${ClientId} has no secret`);
  return secret;
}

async function grant(tokenUrl: string, clientId: string, secret: string): Promise<string> {
  const reply = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await reply.json()) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token for ${clientId}: ${String(reply.status)}`);
  return access_token;
}

const exampleText = (): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'organization.yaml'), 'utf8');

/** The example organization, with the clients and people of this deployment in place of its placeholders. */
export function exampleOrganization(clientId: (runtime: string) => string, people: readonly Person[]): string {
  const subjects = new Map(people.map(({ username, subject }) => [username, subject]));
  return exampleText()
    .replaceAll(/\$\{client:([a-z-]+)\}/g, (_, runtime: string) => clientId(runtime))
    .replaceAll(/\$\{subject:(\w+)\}/g, (found, username: string) => subjects.get(username) ?? found);
}
