import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  aConflict,
  agreeTo,
  atOptions,
  catalog,
  checkout,
  conflictOf,
  eventsOf,
  propose,
  raised,
  speak,
  stepsOf,
} from '../support/conflicts.ts';
import { discrepancies, everyRow } from '../support/consistency.ts';
import { Crash, type Fault, faultyClient } from '../support/in-process.ts';
import { itemsOf } from '../support/ledger.ts';
import { enterpriseOrchestrator, humanWith, orchestratorOf, runtimeOf } from '../support/organization.ts';
import { messagesAbout } from '../support/approvals.ts';
import { ask, conflictsHere } from '../support/slices.ts';
import { togetherClient } from '../support/together.ts';
import { call, importExample, world } from '../support/world.ts';
import { escalatedNow } from '../support/conflict-clock.ts';

const [one] = checkout.speakers as [string];
const [other] = catalog.speakers as [string];
const product = orchestratorOf('product');
const deciders = [product, enterpriseOrchestrator, humanWith('board_member')];
const resolution = { decision: 'Checkout goes first.', rationale: 'Its date is promised.' };

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('at the same time', () => {
  it('[CNF-2] all parties speak: each is heard once, and the last one of them ends the step', async () => {
    const teams = ['checkout', 'catalog', 'mobile'];
    const parties = teams.map((team) => ({ domain: 'product', team, speakers: [`agt_${team}_1`, `agt_${team}_2`] }));
    const { id } = await raised({ parties }, product);
    const speakers = parties.flatMap((party) => party.speakers);
    // Of so many at once some are asked to come again, and do.
    const insist = async (as: string): ReturnType<typeof speak> => {
      const reply = await speak(id, as);
      return ['RequestInFlight', 'VersionConflict'].includes(reply.body.code) ? insist(as) : reply;
    };
    const replies = await Promise.all([...speakers, ...speakers].map(insist));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3);
    const refused = replies.filter(({ status }) => status !== 201).map(({ body }) => body.code);
    expect(new Set(refused)).toEqual(new Set(['AlreadySpoken']));
    const seen = await conflictOf(id, product);
    expect(seen).toMatchObject({ step: 'interests', turn: 1 });
    expect(new Set(seen.perspectives.map(({ party }: { party: string }) => party))).toEqual(new Set(teams));
    expect((await eventsOf(id)).filter((type) => type === 'perspective-given')).toHaveLength(3);
    expect(await stepsOf(id)).toEqual(['identified', 'perspectives', 'interests']);
  });

  it('[CNF-3] many resolve, each decided before any is written: one of them holds', async () => {
    const { id } = await escalatedNow();
    const handler = await conflictsHere({ client: togetherClient(9) });
    const replies = await Promise.all(
      [...deciders, ...deciders, ...deciders].map((as) =>
        ask(handler, 'POST', `/conflicts/${id}/resolution`, { as, runtime: runtimeOf(as), body: resolution }),
      ),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = replies.filter(({ status }) => status !== 201).map(({ body }) => body.code);
    expect(refused).toEqual(Array(8).fill('ConflictClosed'));
    await endedOnce(id);
  });

  it('[CNF-3] the last party agrees and a level decides: one of them holds', async () => {
    const conflict = await raised();
    await atOptions(conflict);
    await propose(conflict.id, one);
    await agreeTo(conflict.id, one);
    await escalatedNow(conflict);
    const body = resolution;
    const replies = await Promise.all([
      agreeTo(conflict.id, other),
      call('POST', `/conflicts/${conflict.id}/resolution`, { as: product, body }),
    ]);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201, 409]));
    await endedOnce(conflict.id);
  });

  it('[CNF-1] the same matter is raised: one conflict of it is open', async () => {
    const body = aConflict();
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, at) => call('POST', '/conflicts', { as: at % 2 === 0 ? one : other, body })),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ body: { code } }) => code === 'AlreadyExists' || code === 'RequestInFlight')).toHaveLength(
      9,
    );
  });
});

/** One end, and all that belongs to it, once. */
async function endedOnce(id: string): Promise<void> {
  expect((await eventsOf(id)).filter((type) => type === 'resolved')).toHaveLength(1);
  expect(await knownFrom(id)).toHaveLength(1);
  for (const speaker of [one, other]) expect(await endsTold(id, speaker)).toBe(1);
}

const knownFrom = async (id: string): Promise<string[]> => {
  const rows = await everyRow(world().state.name);
  const items = rows.filter(({ pk, sk }) => pk.startsWith('conflicts#knowledge#') && sk === 'resolution');
  return items.flatMap((row) => ((row.source as { conflict_id: string }).conflict_id === id ? [String(row.id)] : []));
};

const endsTold = async (id: string, speaker: string): Promise<number> =>
  (await messagesAbout(`conflict/${id}`, speaker)).filter(({ kind }) => kind === 'conflict_resolved').length;

describe('a crash at the end', () => {
  const settle = async (id: string, fault: Fault, idempotencyKey: string) => {
    const { client, calls } = faultyClient(fault);
    const handler = await conflictsHere({ client });
    const given = { as: product, runtime: runtimeOf(product), body: resolution, idempotencyKey };
    const reply = await ask(handler, 'POST', `/conflicts/${id}/resolution`, given);
    return { ...reply, calls };
  };

  /** What there is of an end: conflict, knowledge, its entries, messages. All of it, or nothing. */
  async function traces(id: string): Promise<number[]> {
    const conflict = await conflictOf(id, product);
    const entries = (await itemsOf(`conflict/${id}`)).filter(({ event }) => event.type.endsWith('.resolved.v1'));
    const known = await knownFrom(id);
    const kept = await Promise.all(known.map((item) => itemsOf(`resolution/${item}`)));
    const told = [await endsTold(id, one), await endsTold(id, other)];
    return [conflict.step === 'documented' ? 1 : 0, entries.length, known.length, kept.flat().length, ...told];
  }

  it(
    '[CNF-3] before or after any call leaves all of it or nothing, and the repetition ends it once',
    { timeout: 120_000 },
    async () => {
      const sample = await settle((await escalatedNow()).id, {}, randomUUID());
      expect(sample.status, JSON.stringify(sample.body)).toBe(201);
      expect(sample.calls.length).toBeGreaterThan(2);
      for (let point = 0; point < sample.calls.length; point += 1) {
        for (const when of ['before', 'after'] as const) {
          const { id } = await escalatedNow();
          const key = randomUUID();
          const crash = ({ nth }: { nth: number }) => (nth === point ? new Crash(`${when} call ${point}`) : undefined);
          expect((await settle(id, { [when]: crash }, key)).status).toBeGreaterThanOrEqual(400);
          const between = await traces(id);
          expect(new Set(between).size, `${when} call ${point}: ${between.join()}`).toBe(1);
          const again = await settle(id, {}, key);
          expect(again.status, JSON.stringify(again.body)).toBe(201);
          expect(await traces(id), `${when} call ${point}`).toEqual([1, 1, 1, 1, 1, 1]);
        }
      }
    },
  );

  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });
});
