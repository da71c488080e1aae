import type { Escalation } from './contract.ts';

/** What this slice asks of the directory. */
export type Directory = {
  orchestratorOf: (domain: string) => Promise<string | undefined>;
  /** Active orchestrators of the enterprise. */
  enterpriseOrchestrators: () => Promise<readonly string[]>;
  /** Active humans of the board. */
  board: () => Promise<readonly string[]>;
};

/** More are not told: whoever they are, the level has heard of it. */
const most = 15;

/** Who decides at the level that an escalation waits for: all of them who may. */
export async function decidersOf(directory: Directory, escalation: Escalation): Promise<string[]> {
  const barred = new Set([escalation.requested_by, ...escalation.chain]);
  const standing = await at(directory, escalation);
  return standing.filter((id) => !barred.has(id)).slice(0, most);
}

async function at(directory: Directory, { deciding_level, domain }: Escalation): Promise<readonly string[]> {
  switch (deciding_level) {
    case 'domain': {
      const orchestrator = await directory.orchestratorOf(domain);
      return orchestrator === undefined ? [] : [orchestrator];
    }
    case 'enterprise':
      return directory.enterpriseOrchestrators();
    case 'board':
      return directory.board();
    case 'agent':
      return [];
  }
}
