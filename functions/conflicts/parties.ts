import { Problem } from '../shared/errors.ts';
import { type Actor, governs, type Standing } from '../shared/principal.ts';
import type { NewConflict, Party } from './contract.ts';
import type { Units } from './ports.ts';
import { belongsTo, faultsOf, type Known, partyIdOf, speakersOf } from './speakers-model.ts';

export type PartyDeps = {
  units: Units;
  /** Principals that are active, and all above them. */
  standing: (ids: readonly string[]) => Promise<Map<string, Standing>>;
};

/**
 * The parties of a conflict that is raised by hand, with who speaks for them.
 * @throws Problem `InvalidFields` that names each field that is wrong
 */
export async function partiesOf({ units, standing }: PartyDeps, { parties }: NewConflict, by: Actor): Promise<Party[]> {
  const known = await Promise.all(
    parties.map(async (party): Promise<Known> => {
      const [domain, team] = await Promise.all([
        units.domain(party.domain),
        party.team === null ? undefined : units.team(party.team),
      ]);
      const { orchestrator } = domain ?? {};
      return { ...party, teamDomain: team?.domain, domainExists: domain !== undefined, orchestrator };
    }),
  );
  const isAcross = new Set(parties.map(({ domain }) => domain)).size > 1;
  const active = await standing(parties.flatMap(({ speakers }) => speakers));
  const faults = faultsOf(known, active, { raisedBy: by, isAcross });
  if (faults[0]) throw new Problem('InvalidFields', faults[0].detail, { faults });
  return known.map((party) => ({
    id: partyIdOf(party),
    domain: party.domain,
    team: party.team,
    speakers: speakersOf(party, by, isAcross),
  }));
}

/**
 * Who may raise a conflict: an agent that is of a party, an orchestrator whose domain is concerned, and those above.
 * @throws Problem
 */
export function requireConcern(by: Actor, parties: readonly Pick<Party, 'domain' | 'team'>[]): void {
  if (by.kind === 'agent' && !parties.some((party) => belongsTo(party, by)))
    throw new Problem('NotAParty', `${by.id} is of none of the parties.`);
  if (by.kind === 'domain_orchestrator' && !parties.some(({ domain }) => domain === by.domain))
    throw new Problem('OutsideOwnDomain', `None of the parties is of ${by.domain}.`);
  if (by.kind === 'human' && !governs(by))
    throw new Problem('RoleMissing', 'It takes the role board_member or operator.');
}
