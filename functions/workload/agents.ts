import { Agent } from '../directory/contract.ts';
import { bare, type Item } from '../shared/dynamo.ts';
import { activeNow, admissionKeys } from '../shared/principal.ts';
import { Team } from '../directory/contract.ts';
import type { Registered } from './load-model.ts';
import type { Directory } from './ports.ts';

const agentFrom = (item: Item | undefined): Registered | undefined => Agent.safeParse(bare(item ?? {})).data;

/** The directory as this slice reads it: in the batch of a request, by the records that admission reads too. */
export const directoryPort: Directory = {
  keyOf: admissionKeys.principal,
  agent: agentFrom,
  teamKey: admissionKeys.team,
  team: (item) => Team.safeParse(bare(item ?? {})).data,
  active: activeNow,
};
