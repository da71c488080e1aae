import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../functions/directory/facts.ts';
import { batched } from '../../../functions/directory/import-batches.ts';
import { revised } from '../../../functions/directory/model.ts';
import type { Agent } from '../../../functions/directory/records.ts';
import { rootPrincipal } from '../../../functions/directory/root.ts';
import { writesOf } from '../../../functions/directory/store.ts';
import { Status } from '../../../functions/shared/principal.ts';
import { anAgent, imported, later, now, operator, organizations, planOf } from './organizations.ts';

const names = ['ada', 'c++', 'go', 'java', 'node.js', 'sql'];
const skills = fc
  .uniqueArray(fc.constantFrom(...names), { maxLength: 6 })
  .map((all) => all.map((name) => ({ name, proficiency: 3 })));
const agents = fc
  .record({
    skills,
    domain: fc.constantFrom('product', 'platform'),
    status: fc.constantFrom(...Status.values),
    capacity: fc.integer({ min: 1, max: 3 }),
  })
  .map((given) => anAgent(given));

/** Rows of a table after the writes, by key; fails on what DynamoDB refuses. */
function written(rows: ReadonlyMap<string, unknown>, change: ReturnType<typeof writesOf>): Map<string, unknown> {
  const next = new Map(rows);
  const touched = change.map(({ key }) => `${key.pk} ${key.sk}`);
  expect(new Set(touched).size).toBe(touched.length);
  for (const [index, one] of change.entries()) {
    const key = touched[index] ?? '';
    if (one.kind === 'remove') next.delete(key);
    else if (one.kind !== 'check' && one.kind !== 'require' && one.kind !== 'adjust') next.set(key, one.item);
  }
  return next;
}

const pointers = (rows: ReadonlyMap<string, unknown>): string[] =>
  [...rows.keys()].filter((key) => key.startsWith('directory#skill#')).toSorted();

const expected = ({ skills: has, domain, status, id }: Agent): string[] =>
  has.map(({ name }) => `directory#skill#${name}#${domain} ${status}#${id}`).toSorted();

describe('the writes of a change', () => {
  it('[DIR-3] keep the skill pointers of an agent exact through any change', () => {
    fc.assert(
      fc.property(agents, fc.array(agents, { maxLength: 4 }), (first, others) => {
        let before = first;
        let rows = written(new Map(), writesOf({ of: 'principal', after: first }));
        expect(pointers(rows)).toEqual(expected(first));
        for (const other of others) {
          const after = revised(before, { ...other, version: before.version }, later);
          if (!after) continue;
          rows = written(rows, writesOf({ of: 'principal', before, after }));
          expect(pointers(rows)).toEqual(expected(after));
          before = after;
        }
      }),
    );
  });

  it('[DIR-3] index an agent by team and by domain under its status', () => {
    const [record] = writesOf({ of: 'principal', after: anAgent({ status: 'paused' }) });
    expect(record).toMatchObject({
      kind: 'create',
      key: { pk: 'directory#principal#agt_checkout_1', sk: 'principal' },
      item: {
        gsi1pk: 'directory#team#checkout#agents',
        gsi1sk: 'paused#agt_checkout_1',
        gsi2pk: 'directory#domain#product#agents',
        gsi2sk: 'paused#agt_checkout_1',
      },
    });
  });

  it('[DIR-3] fit one transaction even when twenty skills give way to twenty others', () => {
    const twenty = (prefix: string) =>
      Array.from({ length: 20 }, (_, n) => ({ name: `${prefix}-${n}`, proficiency: 1 }));
    const before = anAgent({ skills: twenty('old') });
    const after = anAgent({ skills: twenty('new'), version: 2 });
    expect(writesOf({ of: 'principal', before, after })).toHaveLength(41);
  });
});

describe('the entry of a change', () => {
  const entryOf = (before: Agent | undefined, after: Agent, reason?: string) =>
    changeOf([{ of: 'principal', before, after }], { reason }).entries[0];

  it('[DIR-3] says that an agent came, in its domain, as the first of its subject', () => {
    expect(entryOf(undefined, anAgent())).toMatchObject({
      subject: 'agent/agt_checkout_1',
      sequence: 1,
      domain: 'product',
      retention: 'significant',
      event: { type: 'orchestra.agent.registered.v1', data: { concerns: ['product'] } },
    });
  });

  it('[DIR-3] says from where to where a status moved, and why', () => {
    const after = anAgent({ status: 'contained', capacity: 7, version: 2 });
    expect(entryOf(anAgent(), after, 'It loops.')).toMatchObject({
      sequence: 2,
      summary: 'Made contained agent agt_checkout_1 (Agent agt_checkout_1)',
      details: { context: 'capacity: 2 -> 7\nstatus: "active" -> "contained"', reasoning: 'It loops.' },
      event: {
        type: 'orchestra.agent.status-changed.v1',
        data: { from: 'active', to: 'contained', reason: 'It loops.', changed: ['capacity'] },
      },
    });
  });

  it('[DIR-3] concerns both domains when an agent moves', () => {
    const after = anAgent({ domain: 'platform', team: 'foundation', version: 2 });
    expect(entryOf(anAgent(), after)).toMatchObject({
      domain: 'platform',
      event: {
        type: 'orchestra.agent.changed.v1',
        data: { changed: ['domain', 'team'], concerns: ['platform', 'product'] },
      },
    });
  });

  it('[DIR-1] records the first human of a deployment together with the enterprise', () => {
    const { id, change } = rootPrincipal('client-of-operator', now);
    expect(id).toBe('hum_operator');
    expect(change.writes.map(({ kind, key }) => [kind, key.pk])).toEqual([
      ['create', 'directory#enterprise'],
      ['create', 'directory#principal#hum_operator'],
    ]);
    expect(change.entries.map(({ subject, sequence }) => [subject, sequence])).toEqual([
      ['enterprise/enterprise', 1],
      ['principal/hum_operator', 1],
    ]);
  });
});

describe('the transactions of an import', () => {
  it('[DIR-2] hold every transition once, with its entry, within the limit', () => {
    fc.assert(
      fc.property(organizations, organizations, (first, second) => {
        const phases = planOf(second, imported(first), operator, later).phases;
        for (const phase of phases) {
          const batches = batched(phase);
          for (const { writes, entries } of batches) expect(writes.length + entries.length).toBeLessThanOrEqual(90);
          expect(batches.flatMap(({ writes }) => writes)).toEqual(phase.flatMap(writesOf));
          expect(batches.flatMap(({ entries }) => entries.map(({ subject }) => subject))).toHaveLength(phase.length);
        }
      }),
    );
  });

  it('[DIR-2] take a thousand agents in batches that are nearly full', () => {
    const many = Array.from(
      { length: 1000 },
      (_, n) => ({ of: 'principal', after: anAgent({ id: `agt_${n}_x` }) }) as const,
    );
    const sizes = batched(many).map(({ writes, entries }) => writes.length + entries.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3000);
    expect(sizes.slice(0, -1).every((size) => size === 90)).toBe(true);
  });
});
