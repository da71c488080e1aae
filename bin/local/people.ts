import { createHash, randomBytes } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  type CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';

/** A person who may sign in: `subject` is the `sub` of their tokens. */
export type Person = { username: string; password: string; subject: string };

/** Adds people to the user pool, each with a password of their own. Only for a cloud that is thrown away. */
export async function invite(
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  usernames: readonly string[],
): Promise<Person[]> {
  const people: Person[] = [];
  for (const username of usernames) {
    const password = `${randomBytes(12).toString('base64url')}aA1!`;
    const asked = { UserPoolId, Username: username };
    const temporary = { TemporaryPassword: password, MessageAction: 'SUPPRESS' } as const;
    const { User } = await cognito.send(new AdminCreateUserCommand({ ...asked, ...temporary }));
    await cognito.send(new AdminSetUserPasswordCommand({ ...asked, Password: password, Permanent: true }));
    const subject = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value;
    if (subject === undefined) throw new Error(`the user ${username} has no sub`);
    people.push({ username, password, subject });
  }
  return people;
}

/** What a client without a secret proves with that it is the one that asked. */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Where people sign in and get their tokens. */
export type SignInPages = { authorize: string; token: string; clientId: string; callback: string };

/** The address that a person opens to sign in. */
export function signInUrl({ authorize, clientId, callback }: SignInPages, challenge: string, state: string): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state,
  });
  return `${authorize}?${query.toString()}`;
}

/** The token that the code of a sign-in is good for, once. */
export async function redeemCode(pages: SignInPages, code: string, verifier: string): Promise<string> {
  const reply = await fetch(pages.token, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: pages.clientId,
      redirect_uri: pages.callback,
      code,
      code_verifier: verifier,
    }),
  });
  const { access_token: token, error } = (await reply.json()) as { access_token?: string; error?: string };
  if (token === undefined) throw new Error(`no token for the code: ${reply.status} ${error ?? ''}`);
  return token;
}

/** Fills in the sign-in page as a browser would. @returns where the pages of the local cloud then send the browser */
export async function fillIn(url: string, { username, password }: Pick<Person, 'username' | 'password'>): Promise<URL> {
  const page = await fetch(url);
  const hidden = (await page.text()).matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g);
  const form = new URLSearchParams();
  for (const [, name = '', value = ''] of hidden) form.set(name, value.replaceAll('&amp;', '&'));
  form.set('username', username);
  form.set('password', password);
  const sent = await fetch(new URL('/login', url), { method: 'POST', body: form, redirect: 'manual' });
  const location = sent.headers.get('location');
  if (location === null) throw new Error(`${username} could not sign in: ${sent.status}`);
  return new URL(location);
}

/** Signs a person in on the pages of the local cloud, and gives the access token. */
export async function signIn(pages: SignInPages, person: Person): Promise<string> {
  const { verifier, challenge } = pkce();
  const state = randomBytes(8).toString('hex');
  const { searchParams: back } = await fillIn(signInUrl(pages, challenge, state), person);
  const code = back.get('code');
  if (code === null || back.get('state') !== state) throw new Error(`${person.username} could not sign in`);
  return redeemCode(pages, code, verifier);
}
