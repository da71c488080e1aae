import type { Fault } from '../shared/errors.ts';
import type { Standing } from '../shared/principal.ts';
import type { NewParty, Party } from './contract.ts';

/** A party as it was given, with what the directory says of it. */
export type Known = NewParty & {
  /** Domain that its team belongs to; undefined for a team that there is none of. */
  teamDomain: string | undefined;
  domainExists: boolean;
  orchestrator: string | undefined;
};

type Who = Pick<Standing, 'id' | 'kind' | 'domain' | 'team'>;

/** Whether a principal belongs to a party: an agent of its team (or domain), or the orchestrator of its domain. */
export const belongsTo = (party: Pick<Party, 'domain' | 'team'>, who: Who): boolean => {
  if (who.domain !== party.domain) return false;
  if (who.kind === 'agent') return party.team === null || who.team === party.team;
  return who.kind === 'domain_orchestrator';
};

export const partyIdOf = ({ team, domain }: Pick<NewParty, 'team' | 'domain'>): string => team ?? domain;

/**
 * Who speaks for a party: those who are named; where nobody is, the agent that raises the matter, if it is of the party. Across
 * domains the orchestrator of its domain may always speak. Inside of one domain it is to decide: whoever is to speak must be named.
 */
export function speakersOf(party: Known, raisedBy: Who, isAcross: boolean): string[] {
  const own = raisedBy.kind === 'agent' && belongsTo(party, raisedBy) ? [raisedBy.id] : [];
  const named = party.speakers.length > 0 ? party.speakers : own;
  const fallback = isAcross && party.orchestrator !== undefined ? [party.orchestrator] : [];
  return [...new Set([...named, ...fallback])];
}

/** What is wrong with parties, each fault with the field that it is about. */
export function faultsOf(
  parties: readonly Known[],
  active: ReadonlyMap<string, Who>,
  { raisedBy, isAcross }: { raisedBy: Who; isAcross: boolean },
): Fault[] {
  return parties.flatMap((party, at) => {
    const pointer = `/body/parties/${at}`;
    const faults: Fault[] = [];
    if (!party.domainExists)
      faults.push({ pointer: `${pointer}/domain`, detail: `There is no domain ${party.domain}.` });
    if (party.team !== null && party.teamDomain !== party.domain)
      faults.push({ pointer: `${pointer}/team`, detail: `There is no team ${party.team} in ${party.domain}.` });
    const first = parties.findIndex((one) => partyIdOf(one) === partyIdOf(party));
    if (first < at) faults.push({ pointer, detail: `${partyIdOf(party)} is named twice.` });
    for (const [index, id] of party.speakers.entries()) {
      const who = active.get(id);
      if (!who || !belongsTo(party, who))
        faults.push({ pointer: `${pointer}/speakers/${index}`, detail: `${id} cannot speak for ${partyIdOf(party)}.` });
    }
    if (faults.length === 0 && speakersOf(party, raisedBy, isAcross).length === 0)
      faults.push({ pointer: `${pointer}/speakers`, detail: `Name who speaks for ${partyIdOf(party)}.` });
    return faults;
  });
}
