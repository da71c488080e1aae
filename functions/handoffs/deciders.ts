import type { Level } from '../shared/contract.ts';
import type { Handoff } from './handoff-contract.ts';
import type { Directory } from './ports.ts';

/** More are not told: whoever they are, the level has heard of it; and all of it fits one transaction. */
const most = 5;

/**
 * Who stands over both sides and is neither of them: the orchestrator of the domain that both are in, else those of the
 * enterprise.
 */
export async function decidersOf(
  directory: Directory,
  { from, to, opened_by }: Pick<Handoff, 'from' | 'to' | 'opened_by'>,
): Promise<{ level: Level; to: string[] }> {
  const sides = new Set([opened_by, to.recipient]);
  if (from.domain === to.domain) {
    const orchestrator = await activeOrchestrator(directory, from.domain);
    if (orchestrator !== undefined && !sides.has(orchestrator)) return { level: 'domain', to: [orchestrator] };
  }
  const above = await directory.enterpriseOrchestrators();
  return { level: 'enterprise', to: above.filter((id) => !sides.has(id)).slice(0, most) };
}

/** Who hears of a question that the handing team has left unanswered. */
export async function overseersOf(directory: Directory, { from }: Pick<Handoff, 'from'>): Promise<string[]> {
  const orchestrator = await activeOrchestrator(directory, from.domain);
  if (orchestrator !== undefined) return [orchestrator];
  return (await directory.enterpriseOrchestrators()).slice(0, most);
}

/** Who is asked about the handoff: who handed it over, as long as they are there; then the orchestrator of their domain. */
export async function contactOf(
  directory: Directory,
  { from, to, opened_by }: Pick<Handoff, 'from' | 'to' | 'opened_by'>,
): Promise<string | null> {
  const opener = (await directory.standing([opened_by])).get(opened_by);
  if (opener && (opener.kind !== 'agent' || opener.team === from.team)) return opened_by;
  const orchestrator = await activeOrchestrator(directory, from.domain);
  return orchestrator === undefined || orchestrator === to.recipient ? null : orchestrator;
}

async function activeOrchestrator(directory: Directory, domain: string): Promise<string | undefined> {
  const id = await directory.orchestratorOf(domain);
  return id !== undefined && (await directory.standing([id])).has(id) ? id : undefined;
}
