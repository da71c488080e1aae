import * as z from 'zod';
import { onLatest } from '../../shared/again.ts';
import type { Page } from '../../shared/contract.ts';
import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { Call } from '../../shared/serve.ts';
import { lastDay, today } from '../booking.ts';
import { eachOnce, peak } from '../calendar-model.ts';
import type { Resource, routes } from '../contract.ts';
import { invalid } from '../faults.ts';
import { speaksFor } from '../party-model.ts';
import type { ApiDeps, Deps } from '../ports.ts';
import { adding, changing } from '../reservations.ts';
import type { Offered } from '../resource-store.ts';

type Asked<R extends keyof typeof routes> = Call<(typeof routes)[R]>;

const Position = z.record(z.string(), z.string());

/** @throws Problem with the code of the refusal, unless the actor may say how much there is in a domain */
function requireLeader(actor: Actor, domain: string): void {
  const code = speaksFor(actor, { domain, team: null });
  if (code === 'granted') return;
  const told = code === 'NotAParty' ? 'OutsideOwnDomain' : code;
  throw Problem.titled(told);
}

export async function addResource(deps: Deps, { body, actor, now, commit }: Asked<'addResource'>): Promise<Resource> {
  requireLeader(actor, body.domain);
  if (!(await deps.directory.domain(body.domain))) throw invalid('domain', `There is no domain ${body.domain}.`);
  const at = now.toISOString();
  const resource = { ...body, version: 1, created_by: actor.id, created_at: at, updated_at: at };
  return commit(adding(resource), resource);
}

/** Another capacity binds at once: what is reserved fits it, and whoever reserves meanwhile finds it. */
export const changeResource = (deps: Deps, call: Asked<'changeResource'>): Promise<Resource> =>
  onLatest(async () => {
    const { params, body, actor, now, version, commit } = call;
    const before = await offered(deps, params.id);
    const { resource } = before;
    requireLeader(actor, resource.domain);
    if (version !== resource.version)
      throw new Problem('PreconditionFailed', `The record has version ${resource.version}.`);
    const { name = resource.name, capacity = resource.capacity, unit = resource.unit } = body;
    if (capacity < resource.capacity) await requireRoom(deps, before, capacity, now);
    const after = { ...resource, name, capacity, unit, version: version + 1, updated_at: now.toISOString() };
    return commit(changing(before, after), after);
  });

async function requireRoom({ resources }: Deps, { resource }: Offered, capacity: number, now: Date): Promise<void> {
  const bookings = eachOnce(await resources.booked(resource.id, today(now), lastDay(now)));
  const booked = peak(bookings, { from: now.getTime(), to: Number.MAX_SAFE_INTEGER });
  if (booked > capacity) throw new Problem('CapacityBooked', `At some time ${booked} ${resource.unit} are reserved.`);
}

async function offered({ resources }: Deps, id: string): Promise<Offered> {
  const found = await resources.offered(id);
  if (!found) throw new Problem('NotFound', `There is no resource ${id}.`);
  return found;
}

export const getResource = async (deps: Deps, { params }: Asked<'getResource'>): Promise<Resource> =>
  (await offered(deps, params.id)).resource;

export async function listResources(
  { resources, cursors }: ApiDeps,
  { query }: Asked<'listResources'>,
): Promise<Page<Resource>> {
  const list = ['resources', query.domain ?? null];
  const after = await cursors.open(query.cursor, list, Position);
  const { resources: items, last } = await resources.list(query.domain, query.limit, after);
  return last ? { items, next_cursor: await cursors.seal(last, list) } : { items };
}
