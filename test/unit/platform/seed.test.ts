import { describe, expect, it } from 'vitest';
import { seed } from '../../../functions/platform/seed-steps.ts';
import { activation, rollback } from '../../../functions/policies/changes.ts';
import { decideRollback, pointerTo } from '../../../functions/policies/lifecycle-model.ts';
import { keys, policiesStore } from '../../../functions/policies/store.ts';
import type { Change } from '../../../functions/shared/commit.ts';
import type { Item, Key, Table } from '../../../functions/shared/dynamo.ts';
import { Problem } from '../../../functions/shared/errors.ts';
import type { Core } from '../../../functions/shared/runtime.ts';
import { aPolicy, versionOf } from '../policies/fixtures.ts';

const now = new Date('2026-11-02T10:00:00.000Z');
const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** A deployment whose records are kept in memory, with the conditions of its writes. */
function aDeployment() {
  const items = new Map<string, Item>();
  const entries: string[] = [];
  const write = ({ writes, entries: drafts }: Change): void => {
    for (const one of writes) {
      const stored = items.get(nameOf(one.key));
      if (one.kind === 'create' && stored) throw new Problem('AlreadyExists', nameOf(one.key));
      if (one.kind === 'replace' && stored?.version !== one.version) throw new Problem('VersionConflict', '');
      if ('item' in one) items.set(nameOf(one.key), { ...one.item, ...one.key });
    }
    entries.push(...drafts.map(({ subject, sequence }) => `${subject} ${sequence}`));
  };
  const state: Table = {
    name: 'state',
    getMany: async (asked) => asked.map((key) => items.get(nameOf(key))),
    query: async ({ partition: [, pk], limit }) => {
      const found = [...items.values()].filter((item) => item.pk === pk);
      return {
        items: found.toSorted((a, b) => (String(a.sk) < String(b.sk) ? 1 : -1)).slice(0, limit),
        last: undefined,
      };
    },
  };
  const core = { state, now: () => now, commit: async (change: Change) => (write(change), []) } as unknown as Core;
  const deploy = (pack: string) => seed(core, { operatorClientId: 'client', policyFiles: [pack] });
  return { deploy, write, entries, store: policiesStore(state) };
}

const pack = (id: string): string => aPolicy(id, 'permit (principal, action, resource);').text;

describe('policies of a deployment', () => {
  it('[POL-4] come into force with the first, with an entry of the version and one of the pointer', async () => {
    const { deploy, entries, store } = aDeployment();
    expect(await deploy(pack('one'))).toEqual(['matrix', 'policies 1', 'root principal']);
    expect(entries.filter((one) => one.startsWith('policies/'))).toEqual(['policies/1 1', 'policies/active 1']);
    expect(await store.active()).toMatchObject({ policy_version: 1, previous: null, activated_by: 'orchestra_seed' });
    expect(await deploy(pack('one'))).toEqual([]);
  });

  it('[POL-4] follow the pack as long as nobody but deployments has set them', async () => {
    const { deploy, store } = aDeployment();
    await deploy(pack('one'));
    expect(await deploy(pack('two'))).toEqual(['policies 2']);
    expect(await store.active()).toMatchObject({ policy_version: 2, previous: 1, version: 2 });
    // A pack that there was before is the version that it was.
    expect(await deploy(pack('one'))).toEqual(['policies 1']);
    expect(await store.active()).toMatchObject({ policy_version: 1, previous: 2, version: 3 });
    expect((await store.labels(10)).labels.map(({ version }) => version)).toEqual([2, 1]);
  });

  it('[POL-4] are left alone once a person has activated a version, or rolled back to one of a deployment', async () => {
    const { deploy, write, store } = aDeployment();
    await deploy(pack('one'));
    await deploy(pack('two'));
    const before = await store.active();
    if (!before) throw new Error('nothing is in force');
    const first = (await store.activeAnd(1)).label;
    const ruling = decideRollback(before, first, 'hum_a', now);
    if (ruling.kind === 'refuse') throw new Error(ruling.detail);
    write(rollback(ruling.next, before, 'hum_a', 'A test'));
    expect(await deploy(pack('three'))).toEqual([]);
    const label = versionOf([], 7);
    write(activation(pointerTo(label, ruling.next, 'hum_b', now), ruling.next, 'A test'));
    expect(await deploy(pack('three'))).toEqual([]);
    expect((await store.active())?.policy_version).toBe(7);
    expect(keys.label(7).sk > keys.label(2).sk).toBe(true);
  });
});
