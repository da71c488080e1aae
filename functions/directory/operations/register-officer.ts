import { newOfficer } from '../births.ts';
import type { Domain, NewOfficer, Officer } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { referred, requireAuthority, requireBoard, requireSound } from '../guards.ts';
import { targetOf, type Transition } from '../model.ts';
import { domainFaults } from '../placement.ts';
import { unchanged } from '../store.ts';

/** Registers an orchestrator or a human, active. An orchestrator takes charge of its domain if nobody leads it. */
export async function registerOfficer({ directory }: Deps, call: Asked<'registerOfficer'>): Promise<Officer> {
  const { body, actor, now } = call;
  const officer = newOfficer(body, now);
  requireAuthority(actor, targetOf(officer));
  await requireBoard(actor, { after: officer }, directory.everyOfficer);
  const registered: Transition = { of: 'principal', after: officer };
  const domain = await domainOf(body, directory.domain);
  if (!domain) return call.commit(changeOf([registered]), officer);
  requireSound(domainFaults(domain));
  if (domain.orchestrator !== undefined) {
    return call.commit(changeOf([registered], { relies: [unchanged({ domain })] }), officer);
  }
  const led = { ...domain, orchestrator: officer.id, version: domain.version + 1 };
  return call.commit(changeOf([registered, { of: 'domain', before: domain, after: led }]), officer);
}

async function domainOf(body: NewOfficer, read: (id: string) => Promise<Domain | undefined>) {
  if (body.kind !== 'domain_orchestrator') return undefined;
  return referred(await read(body.domain), 'domain', `domain ${body.domain}`);
}
