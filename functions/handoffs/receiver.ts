import { type Fault, Problem } from '../shared/errors.ts';
import type { Standing } from '../shared/principal.ts';
import type { NewHandoff } from './command-contract.ts';
import type { Handoff } from './handoff-contract.ts';
import type { Directory } from './ports.ts';

type Receiver = Pick<Handoff, 'to' | 'assignee'>;

/**
 * Who receives, as the directory has them now.
 * @throws Problem `InvalidFields` naming each field that names nobody who could
 */
export async function receiverOf(
  directory: Directory,
  { to, assignee: wished }: Pick<NewHandoff, 'to' | 'assignee'>,
  from: Handoff['from'],
  opener: string,
): Promise<Receiver> {
  const team = await directory.team(to.team);
  if (to.team === from.team) throw invalid('/body/to/team', `The tasks are those of team ${from.team} already.`);
  if (!team) throw invalid('/body/to/team', `There is no team ${to.team}.`);
  if (team.status !== 'active') throw invalid('/body/to/team', `The team ${to.team} is ${team.status}.`);
  const recipient = to.recipient ?? (await directory.orchestratorOf(team.domain));
  if (recipient === undefined) throw invalid('/body/to/recipient', `The domain ${team.domain} has no orchestrator.`);
  if (recipient === opener) throw invalid('/body/to/recipient', 'Nobody hands over to themselves: name another one.');
  const known = await directory.standing([recipient, ...(wished ? [wished] : [])]);
  const faults = [
    ...recipientFaults(recipient, known.get(recipient), team),
    ...(wished && !isOf(known.get(wished), team.id)
      ? [{ pointer: '/body/assignee', detail: `${wished} is no active agent of team ${team.id}.` }]
      : []),
  ];
  if (faults.length > 0) throw new Problem('InvalidFields', faults[0]?.detail ?? '', { faults });
  const standard = isOf(known.get(recipient), team.id) ? recipient : null;
  return {
    to: { domain: team.domain, team: team.id, recipient },
    assignee: wished === undefined ? standard : wished,
  };
}

const isOf = (one: Standing | undefined, team: string): boolean => one?.kind === 'agent' && one.team === team;

function recipientFaults(id: string, one: Standing | undefined, team: { id: string; domain: string }): Fault[] {
  const leads = one?.kind === 'domain_orchestrator' && one.domain === team.domain;
  if (leads || isOf(one, team.id)) return [];
  const detail = `${id} is neither an active agent of team ${team.id} nor the orchestrator of ${team.domain}.`;
  return [{ pointer: '/body/to/recipient', detail }];
}

const invalid = (pointer: string, detail: string): Problem =>
  new Problem('InvalidFields', detail, { faults: [{ pointer, detail }] });
