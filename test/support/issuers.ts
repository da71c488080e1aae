import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';

/** An issuer of tokens with any claims: its address, and the key that its published set verifies. */
export type Issuer = { issuer: string; key: JWK };

const kid = 'test';

/** Serves the key set of a new issuer on loopback. */
export async function startIssuer(): Promise<Issuer & { stop: () => Promise<void> }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }];
  const server: Server = createServer((request, response) => {
    response.writeHead(request.url === '/jwks' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { issuer: `http://127.0.0.1:${port}`, key: await exportJWK(privateKey), stop };
}

/** A token of an issuer, signed as it would be; `claims` override what a good token carries. */
export async function mint({ issuer, key }: Issuer, claims: JWTPayload, seconds = 600): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: issuer, aud: 'orchestra', iat: now, exp: now + seconds, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(await importJWK(key, 'RS256'));
}
