import type { Status } from '../shared/principal.ts';
import { partitions, pastUnretired, statusPrefix } from './store.ts';
import type { Source } from './walk.ts';

/** Which records of a partition: all, those of one status, or those that are not retired. */
type Which = Status | 'unretired' | undefined;

const sorted = (name: string, which: Which): Pick<Source['question'], 'sort'> => {
  if (which === undefined) return {};
  return { sort: which === 'unretired' ? { name, to: pastUnretired } : { name, prefix: statusPrefix(which) } };
};

/** The partitions of D5 to D10, as lists that can be read. */
export const sources = {
  teamAgents: (team: string, which?: Which): Source => ({
    name: team,
    question: { index: 'gsi1', partition: ['gsi1pk', partitions.teamAgents(team)], ...sorted('gsi1sk', which) },
  }),
  domainAgents: (domain: string, which?: Which): Source => ({
    name: domain,
    question: { index: 'gsi2', partition: ['gsi2pk', partitions.domainAgents(domain)], ...sorted('gsi2sk', which) },
  }),
  skillAgents: (skill: string, domain: string, which?: Which): Source => ({
    name: domain,
    question: { partition: ['pk', partitions.skillAgents(skill, domain)], ...sorted('sk', which) },
  }),
  domainTeams: (domain: string, which?: Which): Source => ({
    name: domain,
    question: { index: 'gsi1', partition: ['gsi1pk', partitions.domainTeams(domain)], ...sorted('gsi1sk', which) },
  }),
  domains: (): Source => ({
    name: 'domains',
    question: { index: 'gsi1', partition: ['gsi1pk', partitions.domains()] },
  }),
  officers: (which?: Which): Source => ({
    name: 'officers',
    question: { index: 'gsi1', partition: ['gsi1pk', partitions.officers()], ...sorted('gsi1sk', which) },
  }),
} as const;
