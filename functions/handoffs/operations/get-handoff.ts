import type { Actor } from '../../shared/principal.ts';
import type { Handoff } from '../contract.ts';
import { readable } from '../guards.ts';
import type { Deps } from '../ports.ts';

/** One handoff. One that the reader may not see is answered like one that does not exist. */
export const getHandoff = (deps: Pick<Deps, 'store'>, id: string, reader: Actor): Promise<Handoff> =>
  readable(deps, id, reader);
