import { beforeAll, describe, expect, it } from 'vitest';
import { awaitTurn, begin, passTurn, remindLevel } from '../../functions/conflicts/operations/keep-clock.ts';
import { rescueConflicts } from '../../functions/conflicts/operations/rescue-conflicts.ts';
import { addSeconds } from '../../functions/shared/clock.ts';
import { messagesAbout } from '../support/approvals.ts';
import { conflictClock, escalatedNow } from '../support/conflict-clock.ts';
import {
  aConflict,
  agreeTo,
  atOptions,
  catalog,
  checkout,
  conflictOf,
  eventsOf,
  memberOf,
  propose,
  raised,
  reliability,
  resolve,
  speak,
  stepsOf,
} from '../support/conflicts.ts';
import { discrepancies } from '../support/consistency.ts';
import { invoke } from '../support/functions.ts';
import { itemsOf } from '../support/ledger.ts';
import { enterpriseOrchestrator, humansWith, humanWith, orchestratorOf } from '../support/organization.ts';
import { subscribeTo } from '../support/queues.ts';
import { type ApiHandler, ask, conflictsHere } from '../support/slices.ts';
import { executionsOf, statusOf, stop, untilStatus, withClocks } from '../support/workflows.ts';
import { call, eventually, importExample, type Reply, world } from '../support/world.ts';

const machine = 'conflict';
const hour = 3600;
const [one] = checkout.speakers as [string];
const [other] = catalog.speakers as [string];
const product = orchestratorOf('product');
const board = humanWith('board_member');

const kindsFor = async (id: string, owner: string): Promise<string[]> =>
  (await messagesAbout(`conflict/${id}`, owner)).map(({ kind }) => kind as string);
const tokenOf = async (id: string) =>
  (await world().state.getMany([{ pk: `conflicts#conflict#${id}`, sk: 'token' }]))[0]?.token as string | undefined;
const waits = (id: string) => eventually('the workflow waits', () => tokenOf(id));

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the clock of a conflict', () => {
  it(
    '[CNF-2] [CNF-3] goes on without silent parties, up level by level, and at the top asks again until it is decided',
    { timeout: 120_000 },
    async () => {
      const [escalate, page] = await Promise.all(
        ['Escalate', 'Page'].map((t) => subscribeTo(world().output(`Topic${t}`))),
      );
      await withClocks(2 / (24 * hour), async () => {
        const { id } = await raised({ summary: `Nobody speaks at ${Date.now()}` });
        await page?.until(1, (text) => text.includes(id));
        const seen = await conflictOf(id, board);
        expect(seen).toMatchObject({
          step: 'escalated',
          resolution: null,
          escalation: { level: 'board', decision_type: 'task_prioritization' },
          silent: [
            { step: 'perspectives', party: 'checkout' },
            { step: 'perspectives', party: 'catalog' },
            { step: 'interests', party: 'checkout' },
            { step: 'interests', party: 'catalog' },
          ],
        });
        expect(seen.escalation.renewals).toBeGreaterThanOrEqual(1);
        expect((await escalate?.heard())?.find((text) => text.includes(id))).toContain(`/v1/conflicts/${id}`);
        const late = await resolve(id, board, { dissent: [{ party: 'catalog', statement: 'We had no chance.' }] });
        expect(late, late.text).toMatchObject({
          status: 201,
          body: { step: 'documented', resolution: { by: 'authority', level: 'board', decided_by: [board] } },
        });
        await untilStatus(machine, id, 'SUCCEEDED');
        const events = await eventsOf(id);
        expect(events.slice(0, 11)).toEqual([
          'identified',
          'advanced',
          'advanced',
          'advanced',
          'escalated',
          'reminded',
          'escalated',
          'reminded',
          'escalated',
          'reminded',
          'unresolved',
        ]);
        expect(events.at(-1)).toBe('resolved');
        expect(await stepsOf(id)).toEqual([
          'identified',
          'perspectives',
          'interests',
          'options',
          'escalated',
          'documented',
        ]);
        for (const decider of [product, enterpriseOrchestrator])
          expect(await kindsFor(id, decider), decider).toEqual(['conflict_escalated', 'conflict_escalated']);
        for (const member of humansWith('board_member'))
          expect((await kindsFor(id, member)).length, member).toBeGreaterThanOrEqual(3);
        const told = await kindsFor(id, one);
        expect([told[0], told.at(-1)]).toEqual(['conflict_resolved', 'conflict_opened']);
        const known = await call('GET', `/resolutions/${late.body.resolution.knowledge_id}`, { as: one });
        expect(known.body).toMatchObject({ dissent: [{ party: 'catalog' }], decision: 'Checkout goes first.' });
        expect(await executionsOf(machine, id)).toEqual([id]);
      });
    },
  );

  it('[CNF-2] is woken by the last party that speaks, and ends with the agreement', { timeout: 120_000 }, async () => {
    const conflict = await raised();
    const first = await waits(conflict.id);
    await atOptions(conflict);
    await eventually('it waits for options', async () => ((await tokenOf(conflict.id)) === first ? undefined : true));
    await propose(conflict.id, one);
    await agreeTo(conflict.id, one);
    expect(await statusOf(machine, conflict.id)).toBe('RUNNING');
    expect(await agreeTo(conflict.id, other)).toMatchObject({ status: 201, body: { step: 'documented' } });
    await untilStatus(machine, conflict.id, 'SUCCEEDED');
  });

  it('[CNF-2] each step repeated, late or out of order does its work once in its turn', async () => {
    const { id } = await raised();
    await waits(id);
    const deps = await conflictClock();
    const five = (act: () => Promise<unknown>) => Promise.all(Array.from({ length: 5 }, act));
    await five(() => begin(deps, id, ''));
    await five(() => passTurn(deps, id, 0, ''));
    await five(() => passTurn(deps, id, 0, ''));
    await five(() => passTurn(deps, id, 1, ''));
    await five(() => passTurn(deps, id, 2, ''));
    await five(() => remindLevel(deps, id, 3, ''));
    expect(await remindLevel(deps, id, 2, '')).toMatchObject({ step: 'escalated', turn: 3, reminded: true });
    await five(() => passTurn(deps, id, 3, ''));
    expect(await eventsOf(id)).toEqual([
      'identified',
      'advanced',
      'advanced',
      'advanced',
      'escalated',
      'reminded',
      'escalated',
    ]);
    expect(await kindsFor(id, one)).toEqual([
      'conflict_escalated',
      'conflict_escalated',
      'conflict_turn',
      'conflict_turn',
      'conflict_opened',
    ]);
    // Waiting for a turn that is over already, a workflow is woken at once.
    const woken: string[] = [];
    const answer = async (token: string) => void woken.push(token);
    await awaitTurn({ ...deps, workflow: { answer } }, id, 1, 'late');
    await awaitTurn({ ...deps, workflow: { answer } }, id, 4, 'in time');
    expect(woken).toEqual(['late']);
    const late = { step: 'wait', conflict_id: id, turn: 1, token: await tokenOf(id) };
    expect(await invoke('conflicts-steps', late)).not.toHaveProperty('error');
    expect(await resolve(id, board)).toMatchObject({ status: 201 });
  });
});

describe('the level that decides', () => {
  const escalated = async (more: Record<string, unknown> = {}, deps = conflictClock()): Promise<Reply['body']> =>
    escalatedNow(await raised(more), deps);

  it('[CNF-2] is that of the authority matrix in force', async () => {
    const cases = [
      [{ type: 'priority' }, 'task_prioritization', 'domain'],
      [{ type: 'scope' }, 'scope_change', 'domain'],
      [{ type: 'technical' }, 'quality_tradeoff', 'domain'],
      [{ parties: [checkout, reliability] }, 'cross_domain_conflict', 'enterprise'],
    ] as const;
    for (const [more, decision_type, level] of cases) {
      expect((await escalated(more)).escalation, decision_type).toMatchObject({ decision_type, level });
    }
    const another = conflictClock((table) => ({
      ...table,
      getMany: async (keys) =>
        (await table.getMany(keys)).map((item, at) => {
          if (keys[at]?.pk !== 'authority#matrix' || !item) return item;
          const rows = (item.rows as { type: string; level: string }[]).filter(({ type }) => type !== 'scope_change');
          return {
            ...item,
            rows: rows.map((row) => (row.type === 'task_prioritization' ? { ...row, level: 'enterprise' } : row)),
          };
        }),
    }));
    expect((await escalated({ type: 'priority' }, another)).escalation.level).toBe('enterprise');
    // What no row names is given to nobody below the board.
    expect((await escalated({ type: 'scope' }, another)).escalation.level).toBe('board');
  });

  it('[CNF-2] is never one that speaks for a party: who would judge its own matter is passed over', async () => {
    const parties = [checkout, { domain: 'product', team: null, speakers: [product] }];
    const { id, escalation } = await escalated({ parties });
    expect(escalation.level).toBe('enterprise');
    expect(await resolve(id, product)).toMatchObject({ status: 403, body: { code: 'OwnConflict' } });
    expect(await kindsFor(id, enterpriseOrchestrator)).toEqual(['conflict_escalated']);
  });

  it('[CNF-3] decides, or one above it; nobody below or beside', async () => {
    const { id } = await escalated();
    const as = (who: string) => resolve(id, who);
    expect(await as(one)).toMatchObject({ status: 403, body: { code: 'PrincipalKindRefused' } });
    expect(await as(orchestratorOf('operations'))).toMatchObject({ status: 404 });
    expect(await as(humanWith('auditor'))).toMatchObject({ status: 403, body: { code: 'NotThisLevel' } });
    expect(await resolve(id, product, { option_id: 'opt_1' })).toMatchObject({ status: 422 });
    const body = { option_id: 'opt_1', rationale: 'It is fair.' };
    expect(await call('POST', `/conflicts/${id}/resolution`, { as: product, body })).toMatchObject({ status: 404 });
    expect(await as(product)).toMatchObject({ status: 201, body: { resolution: { level: 'domain' } } });
    const across = await escalated({ parties: [checkout, reliability] });
    expect(await resolve(across.id, product)).toMatchObject({ status: 403, body: { code: 'OwnConflict' } });
    expect(await resolve(across.id, enterpriseOrchestrator)).toMatchObject({ status: 201 });
    const entry = (await itemsOf(`conflict/${across.id}`)).at(-1);
    expect(entry?.event.data).toMatchObject({ level: 'enterprise', concerns: ['product', 'operations', 'enterprise'] });
  });

  it('[CNF-2] is not needed when the parties still agree while it is asked', async () => {
    const conflict = await raised();
    await atOptions(conflict);
    await propose(conflict.id, one);
    await passTurn(await conflictClock(), conflict.id, 2, '');
    expect(await propose(conflict.id, other)).toMatchObject({ status: 409, body: { code: 'StepOutOfOrder' } });
    await agreeTo(conflict.id, one);
    const end = await agreeTo(conflict.id, other);
    expect(end.body).toMatchObject({ step: 'documented', resolution: { by: 'agreement', level: null } });
    expect(await resolve(conflict.id, product)).toMatchObject({ status: 409, body: { code: 'ConflictClosed' } });
  });
});

describe('a clock that stands still', () => {
  /** Raised so many hours ago, and waited for by its workflow. */
  async function aged(hours: number, more: Record<string, unknown> = {}): Promise<{ id: string; api: ApiHandler }> {
    const api = await conflictsHere({ now: () => addSeconds(new Date(), -hours * hour) });
    const { status, body } = await ask(api, 'POST', '/conflicts', { as: one, body: aConflict(more) });
    expect(status, JSON.stringify(body)).toBe(201);
    await waits(body.id);
    return { id: body.id as string, api };
  }

  it('[CNF-2] is found by the sweeper, which does what was due and starts another', { timeout: 120_000 }, async () => {
    // So slow that no workflow does anything by itself.
    await withClocks(1_000, async () => {
      const [young, late] = [await aged(3), await aged(5)];
      const across = await aged(10, { parties: [checkout, reliability] });
      await stop(machine, late.id);
      const speakers = [one, ...reliability.speakers];
      for (const what of ['perspectives', 'interests'])
        for (const as of speakers) {
          const body = what === 'interests' ? { interests: ['x'] } : { statement: 'x' };
          const runtime = as === one ? 'product-runtime' : 'operations-runtime';
          const said = await ask(across.api, 'POST', `/conflicts/${across.id}/${what}`, { as, runtime, body });
          expect(said.status, JSON.stringify(said.body)).toBe(201);
        }
      const swept = await invoke('conflicts-sweeper', {});
      expect(swept.error, JSON.stringify(swept.answer)).toBeUndefined();
      expect(swept.answer.rescued).toBeGreaterThanOrEqual(2);
      expect(await rescueConflicts(await conflictClock(), new Date())).toEqual([]);
      expect(await stepsOf(young.id)).toEqual(['identified', 'perspectives']);
      expect(await stepsOf(late.id)).toEqual(['identified', 'perspectives', 'interests']);
      expect((await conflictOf(across.id, one)).escalation).toMatchObject({ level: 'enterprise' });
      const again = (await executionsOf(machine, late.id)).find((name) => name !== late.id) ?? '';
      await untilStatus(machine, again, 'RUNNING');
      expect(await resolve(across.id, board)).toMatchObject({ status: 201 });
      expect(await speak(late.id, memberOf('checkout'))).toMatchObject({
        status: 409,
        body: { code: 'StepOutOfOrder' },
      });
    });
  });

  it('[AUD-2] after all of them the whole state agrees with the whole ledger', async () => {
    const { compared, found } = await discrepancies();
    expect(compared).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });
});
