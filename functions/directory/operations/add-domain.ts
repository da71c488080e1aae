import { Problem } from '../../shared/errors.ts';
import { newDomain } from '../births.ts';
import type { Domain } from '../contract.ts';
import type { Asked, Deps } from '../deps.ts';
import { changeOf } from '../facts.ts';
import { requireAuthority } from '../guards.ts';
import { notProvisioned } from '../placement.ts';

/** Adds a domain, active. Its event bus must be there: what happens in a domain is published on it. */
export async function addDomain({ provisioned }: Deps, call: Asked<'addDomain'>): Promise<Domain> {
  const { body, actor } = call;
  requireAuthority(actor, { kind: 'domain', id: body.id, domain: body.id });
  if (!provisioned.includes(body.id)) {
    const faults = [{ pointer: '/body/id', detail: notProvisioned(body.id) }];
    throw new Problem('DomainNotProvisioned', notProvisioned(body.id), { faults });
  }
  const domain = newDomain(body);
  return call.commit(changeOf([{ of: 'domain', after: domain }]), domain);
}
