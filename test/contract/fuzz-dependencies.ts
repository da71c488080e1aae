import { inMinutes } from '../support/dependencies.ts';
import { agentOf, enterpriseOrchestrator, orchestratorOf } from '../support/organization.ts';
import { call, eventually, type Reply } from '../support/world.ts';
import type { Cast } from './fuzz-requests.ts';

type Make = (path: string, body: unknown, as?: string, status?: number) => Promise<Reply>;

const domain = orchestratorOf('product');
const reason = 'Fuzz';
const day = 1_440;

/**
 * Dependencies at the steps that the operations are for, and resources that nobody else reserves.
 * @param own begins the ids of what only this test knows
 */
export async function dependenciesCast(make: Make, own: string) {
  const task = async () =>
    (await make('/tasks', { title: 'Fuzz', team: agentOf('product').team }, domain)).body.id as string;
  const [from, on] = [await task(), await task()];
  const wanted = { type: 'informational', task_id: from, on, needed_by: inMinutes(30 * day) };
  const several = async (n: number, ...steps: [name: string, body: object, as?: string][]): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 0; at < n; at += 1) {
      const id = (await make('/dependencies', wanted, domain)).body.id as string;
      const state = async () => (await call('GET', `/dependencies/${id}`, { as: domain })).body.state as string;
      await eventually(`${id} is told`, async () => ((await state()) === 'notified' ? true : undefined));
      for (const [name, body, as = domain] of steps) await make(`/dependencies/${id}/${name}`, body, as, 200);
      ids.push(id);
    }
    return ids;
  };
  const tracked = ['acknowledgement', { eta: inMinutes(day) }] as [string, object];
  const handedOver = ['resolution', { delivered: 'Fuzz' }, enterpriseOrchestrator] as [string, object, string];
  const pools = {
    acknowledgement: await several(8),
    eta: await several(3, tracked),
    resolution: await several(8, tracked),
    confirmation: await several(8, tracked, handedOver),
    withdrawal: await several(8),
  };
  const resources: string[] = [];
  for (let at = 0; at < 12; at += 1) {
    const body = { id: `${own}_res_${at}`, name: 'Fuzz', domain: 'product', capacity: 1_000, unit: 'seats' };
    resources.push((await make('/resources', body, domain)).body.id as string);
  }
  const window = (n: number) => ({
    from: inMinutes(60 + (n % 300) * day),
    to: inMinutes(90 + (n % 300) * day),
    amount: 1 + (n % 3),
    purpose: 'Fuzz',
  });
  const reservations: string[] = [];
  for (let at = 0; at < 8; at += 1) {
    reservations.push((await make(`/resources/${resources[0]}/reservations`, window(at), domain)).body.id as string);
  }
  const moves = ['acknowledgeDependency', 'changeEta', 'resolveDependency', 'confirmDependency', 'withdrawDependency'];
  const others = ['registerDependency', 'addResource', 'changeResource', 'reserveResource', 'cancelReservation'];
  return {
    entitled: Object.fromEntries([...moves, ...others].map((name) => [name, domain])),
    known: {
      DependencyId: pools.acknowledgement,
      ResourceId: resources,
      ReservationId: reservations,
    },
    ids: Object.fromEntries(Object.entries(pools).map(([name, ids]) => [`/v1/dependencies/{id}/${name}`, ids])),
    bodies: {
      registerDependency: () => wanted,
      acknowledgeDependency: () => ({ eta: inMinutes(day) }),
      changeEta: (n) => ({ eta: inMinutes(day + (n % day)), reason }),
      resolveDependency: () => ({ delivered: 'Fuzz' }),
      confirmDependency: (n) => ({ accepted: n % 2 === 0, reason }),
      withdrawDependency: () => ({ reason }),
      addResource: (n) => ({
        id: `${own}_new_${n}`,
        name: 'Fuzz',
        domain: 'product',
        capacity: (n % 9) + 1,
        unit: 'x',
      }),
      changeResource: (n) => ({ name: `Fuzz ${n}` }),
      reserveResource: window,
      cancelReservation: () => ({ reason }),
    },
  } satisfies Pick<Cast, 'entitled' | 'known' | 'ids' | 'bodies'>;
}
