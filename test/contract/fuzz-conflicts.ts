import { aConflict, catalog, checkout, memberOf } from '../support/conflicts.ts';
import { escalatedNow } from '../support/conflict-clock.ts';
import { orchestratorOf } from '../support/organization.ts';
import { type Reply } from '../support/world.ts';
import type { Cast } from './fuzz-requests.ts';

type Make = (path: string, body: unknown, as?: string) => Promise<Reply>;

const one = memberOf('checkout');
const other = memberOf('catalog');
const statement = { statement: 'Fuzz' };
const interests = { interests: ['Fuzz'] };
const option = { title: 'Fuzz', description: 'Fuzz', serves: [] };
const resolution = { decision: 'Fuzz', rationale: 'Fuzz', dissent: [] };

/** Conflicts in every step, each for what is asked of it. */
export async function conflictsCast(make: Make) {
  const several = async (n: number, more: (id: string) => Promise<unknown> = async () => {}): Promise<string[]> => {
    const all: string[] = [];
    for (let at = 0; at < n; at += 1) {
      const { body } = await make('/conflicts', aConflict(), one);
      await more(body.id);
      all.push(body.id as string);
    }
    return all;
  };
  const heard = async (id: string) => {
    for (const as of [one, other]) await make(`/conflicts/${id}/perspectives`, statement, as);
  };
  const understood = async (id: string) => {
    await heard(id);
    for (const as of [one, other]) await make(`/conflicts/${id}/interests`, interests, as);
  };
  const optioned = async (id: string) => {
    await understood(id);
    await make(`/conflicts/${id}/options`, option, one);
  };
  const [fresh, spoken, open, choosing] = [
    await several(8),
    await several(8, heard),
    await several(2, understood),
    await several(8, optioned),
  ];
  const waiting = await several(8, (id) => escalatedNow({ id }));
  const [settled = ''] = await several(1, async (id) => {
    await optioned(id);
    for (const as of [one, other]) await make(`/conflicts/${id}/agreements`, { option_id: 'opt_1' }, as);
  });
  const known = await knowledgeOf(make, choosing);
  return {
    entitled: {
      openConflict: one,
      listConflicts: one,
      getConflict: one,
      givePerspective: one,
      giveInterests: one,
      proposeOption: one,
      agree: one,
      resolveConflict: orchestratorOf('product'),
      listResolutions: one,
      getResolution: one,
    },
    known: { ConflictId: [...fresh, settled], ConflictOptionId: ['opt_1'], KnowledgeId: known, PartyId: ['checkout'] },
    ids: {
      '/v1/conflicts/{id}/perspectives': fresh,
      '/v1/conflicts/{id}/interests': spoken,
      '/v1/conflicts/{id}/options': open,
      '/v1/conflicts/{id}/agreements': choosing,
      '/v1/conflicts/{id}/resolution': waiting,
    },
    bodies: {
      openConflict: (n) => aConflict({ subject: `fuzz/${n}`, parties: [checkout, catalog] }),
      givePerspective: () => statement,
      giveInterests: () => interests,
      proposeOption: () => option,
      agree: () => ({ option_id: 'opt_1' }),
      resolveConflict: () => resolution,
    },
  } satisfies Pick<Cast, 'entitled' | 'known' | 'ids' | 'bodies'>;
}

/** What is known from two of the conflicts, which end for it. */
async function knowledgeOf(make: Make, choosing: string[]): Promise<string[]> {
  const known: string[] = [];
  for (const id of choosing.splice(0, 2)) {
    await make(`/conflicts/${id}/agreements`, { option_id: 'opt_1' }, one);
    const { body } = await make(`/conflicts/${id}/agreements`, { option_id: 'opt_1' }, other);
    known.push(body.resolution.knowledge_id as string);
  }
  return known;
}
