import { type Fault, Problem } from '../../shared/errors.ts';
import type { Officer } from '../contract.ts';
import { isOfficer } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { found, requireAuthority, requireBoard, requireSound, requireStatus, requireVersion } from '../guards.ts';
import { merged, revised, targetOf, type Transition } from '../model.ts';

/** Changes an orchestrator or a human. An orchestrator that is retired no longer leads its domain. */
export async function changeOfficer({ directory }: Deps, call: Asked<'changeOfficer'>): Promise<Officer> {
  const { actor, now, params, version } = call;
  const { reason, ...patch } = call.body;
  const stored = found(await directory.principal(params.id), `principal ${params.id}`);
  if (!isOfficer(stored)) throw new Problem('NotFound', `${params.id} is an agent; change it at /agents/${params.id}.`);
  requireAuthority(actor, targetOf(stored));
  requireVersion(version, stored.version);
  requireStatus(actor, targetOf(stored), stored.status, patch.status);
  if (stored.kind !== 'human') requireSound(faultsOfOrchestrator(patch));
  const after = revised<Officer>(stored, merged(stored, patch), now);
  if (!after) return stored;
  await requireBoard(actor, { before: stored, after }, directory.everyOfficer);
  const vacated = after.status === 'retired' ? await vacancy(directory, after, now) : [];
  return call.commit(changeOf([{ of: 'principal', before: stored, after }, ...vacated], { reason }), after);
}

function faultsOfOrchestrator({ roles, subject }: { roles?: unknown; subject?: unknown }): Fault[] {
  return [
    ...(roles === undefined ? [] : [{ pointer: '/body/roles', detail: 'Only humans and agents have roles.' }]),
    ...(subject === undefined ? [] : [{ pointer: '/body/subject', detail: 'Only humans sign in.' }]),
  ];
}

async function vacancy(directory: Deps['directory'], officer: Officer, now: Date): Promise<Transition[]> {
  const before = officer.kind === 'domain_orchestrator' ? await directory.domain(officer.domain) : undefined;
  if (before?.orchestrator !== officer.id) return [];
  const after = revised(before, merged(before, { orchestrator: null }), now);
  return after ? [{ of: 'domain', before, after }] : [];
}
