import { parseArgs } from 'node:util';
import { exportEvidence, type Reader } from './evidence/export.ts';

const usage = `npm run export-evidence -- --url <https://…/v1> --principal <id> <folder>

Writes the ledger's log with its checkpoints, proofs and public keys into a folder for \`npm run verify\`.
The token of the client that the principal is bound to is read from ORCHESTRA_TOKEN; it needs the scope audit:read.`;

const options = { url: { type: 'string' }, principal: { type: 'string' } } as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const { url, principal } = values;
const [folder] = positionals;
const token = process.env.ORCHESTRA_TOKEN;

if (url === undefined || principal === undefined || folder === undefined || token === undefined) {
  console.error(usage);
  process.exit(2);
}

const get: Reader = async (path) => {
  const headers = { authorization: `Bearer ${token}`, 'orchestra-principal': principal };
  const reply = await fetch(`${url.replace(/\/$/, '')}${path}`, { headers });
  const retryAfter = reply.headers.get('retry-after');
  const body: unknown = await reply.json();
  return { status: reply.status, body, ...(retryAfter === null ? {} : { retryAfter: Number(retryAfter) }) };
};

const { entries, checkpoints, proofs } = await exportEvidence(get, folder);
console.log(`${entries} entries, ${checkpoints} checkpoints and ${proofs} proofs written to ${folder}`);
console.log(`Verify them with: npm run verify -- ${folder}`);
