import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { pkce, redeemCode, signInUrl, type SignInPages } from './local/people.ts';

const usage = `Signs a person in with their browser and prints an access token:

  TOKEN=$(npm run -s sign-in -- --authorize-url … --token-url … --client-id …)

The three are outputs of the identity stack: SignInEndpoint, TokenEndpoint, ClientPeople.
--callback names another of \`people.callback_urls\` on this machine; http://localhost:8765/signed-in when absent.`;

const { values } = parseArgs({
  options: {
    'authorize-url': { type: 'string' },
    'token-url': { type: 'string' },
    'client-id': { type: 'string' },
    callback: { type: 'string', default: 'http://localhost:8765/signed-in' },
  },
});

function pagesFrom(): SignInPages {
  const { 'authorize-url': authorize, 'token-url': token, 'client-id': clientId, callback } = values;
  if (authorize && token && clientId) return { authorize, token, clientId, callback };
  console.error(usage);
  process.exit(2);
}

/** The code that the browser brings back; the state shows that it answers the question that was asked here. */
async function codeFrom(callback: URL, state: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', callback);
    if (url.pathname !== callback.pathname) return void response.writeHead(404).end();
    const code = url.searchParams.get('code');
    const isOurs = code !== null && url.searchParams.get('state') === state;
    response.writeHead(isOurs ? 200 : 400, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(isOurs ? 'Signed in. You can close this page.' : 'This sign-in was not asked for here.');
    if (isOurs) resolve(code);
    else reject(new Error(url.searchParams.get('error_description') ?? 'the answer is not for this sign-in'));
  });
  server.once('error', reject);
  server.listen(Number(callback.port || 80), '127.0.0.1');
  return promise.finally(() => {
    server.closeAllConnections();
    server.close();
  });
}

const pages = pagesFrom();
const { verifier, challenge } = pkce();
const state = randomBytes(16).toString('hex');
const code = codeFrom(new URL(pages.callback), state);
console.error(`Open this address, and sign in:\n\n  ${signInUrl(pages, challenge, state)}\n`);
console.log(await redeemCode(pages, await code, verifier));
