import type { Level } from './contract.ts';

/** Who decides at each level, as the directory knows them. */
export type Officers = {
  orchestratorOf: (domain: string) => Promise<string | undefined>;
  /** Active orchestrators of the enterprise. */
  enterpriseOrchestrators: () => Promise<readonly string[]>;
  /** Active humans of the board. */
  board: () => Promise<readonly string[]>;
};

type Found = { items: { id: string; kind: string; roles?: readonly string[] }[] };

/** The directory as its own slice answers. */
export type OfficerRecords = {
  domain: (id: string) => Promise<{ orchestrator?: string | undefined } | undefined>;
  officers: (filter: { kind: string; status: 'active' }, from: undefined, limit: number) => Promise<Found>;
};

/** Officers of an organisation: some tens, and above the teams. */
const mostOfficers = 200;

export const officersFrom = (records: OfficerRecords): Officers => {
  const active = async (kind: string) =>
    (await records.officers({ kind, status: 'active' }, undefined, mostOfficers)).items;
  return {
    orchestratorOf: async (domain) => (await records.domain(domain))?.orchestrator,
    enterpriseOrchestrators: async () => (await active('enterprise_orchestrator')).map(({ id }) => id),
    board: async () =>
      (await active('human')).filter(({ roles }) => roles?.includes('board_member')).map(({ id }) => id),
  };
};

/** All who decide at a level; at that of domains, for one of them. */
export async function officersAt(officers: Officers, level: Level, domain: string): Promise<readonly string[]> {
  switch (level) {
    case 'agent':
      return [];
    case 'domain': {
      const orchestrator = await officers.orchestratorOf(domain);
      return orchestrator === undefined ? [] : [orchestrator];
    }
    case 'enterprise':
      return officers.enterpriseOrchestrators();
    case 'board':
      return officers.board();
  }
}
