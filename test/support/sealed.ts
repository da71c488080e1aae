import type { InclusionProof } from '../../functions/audit/evidence-contract.ts';
import { invoke } from './functions.ts';
import { call, eventually } from './world.ts';

/** Lets the clock's function sign now what has grown. */
export async function signNow(): Promise<void> {
  const { error, answer } = await invoke('audit-sealer', {});
  if (error !== undefined) throw new Error(`the sealer failed: ${JSON.stringify(answer)}`);
}

/** The proof of an entry, as soon as there is one. */
export const provenEntry = (id: string, as: string): Promise<InclusionProof> =>
  eventually(`entry ${id} is sealed`, async () => {
    const { status, body } = await call('GET', `/audit/entries/${id}/proof`, { as });
    if (status === 200) return body as InclusionProof;
    await signNow();
    return undefined;
  });
