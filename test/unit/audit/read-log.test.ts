import './quiet.ts';
import { describe, expect, it } from 'vitest';
import { SignedCheckpoint } from '../../../functions/audit/evidence-contract.ts';
import { readLog } from '../../../functions/audit/operations/read-log.ts';
import { holdStore, ledgerStore } from '../../../functions/audit/store.ts';
import { treeStore, treeWrites } from '../../../functions/audit/store-tree.ts';
import { emptyTree, grow, leafOf } from '../../../functions/audit/tree-model.ts';
import type { EntryItem } from '../../../functions/shared/ledger.ts';
import type { Actor } from '../../../functions/shared/principal.ts';
import { verifyEvidence } from '../../../verifier/verify.ts';
import { aKeyPair, evidenceOf, someItems } from '../../support/evidence.ts';
import { anActor, anAuditor, daysAfter } from './fixtures.ts';
import { memoryTable } from './memory-table.ts';

const key = aKeyPair();
const sealed = someItems(20);
const evidence = evidenceOf(sealed, [20], key);
const [first] = sealed as [EntryItem];

/** A log of twenty entries that were sealed, over a ledger that has become another. */
function aLog(inLedger: readonly (EntryItem | undefined)[]) {
  const [ledger, state] = [memoryTable('ledger'), memoryTable('state')];
  for (const [at, item] of inLedger.entries()) {
    const { pk, sk } = sealed[at]!;
    if (item) ledger.add({ ...item, pk, sk });
  }
  const leaves = sealed.map((item) => ({ ...leafOf(item), entry_pk: item.pk }));
  const { tree, tiles } = grow(emptyTree, leaves);
  for (const write of [
    ...treeWrites.growth(emptyTree, tree, leaves, tiles, daysAfter(0)),
    treeWrites.checkpoint(SignedCheckpoint.parse(evidence.checkpoints[0])),
  ]) {
    if ('item' in write) state.add({ ...write.item, ...write.key });
  }
  const deps = { ledger: ledgerStore(ledger, 4), holds: holdStore(state), tree: treeStore(state) };
  return async (now: Date, actor: Actor = anAuditor) => {
    const call = { query: { from: 0, limit: 100 }, actor, now } as unknown as Parameters<typeof readLog>[1];
    return readLog(deps, call);
  };
}

type Lines = Awaited<ReturnType<typeof readLog>>['items'];
const kindsIn = (lines: Lines): string[] => verifyEvidence({ ...evidence, lines }).findings.map(({ kind }) => kind);
const soon = daysAfter(1);

describe('the log', () => {
  it('[AUD-5] shows every entry as it was sealed', async () => {
    expect(kindsIn((await aLog(sealed)(soon)).items)).toEqual([]);
  });

  it.each([
    ['in its text', { summary: 'It never happened' }],
    ['so that it seems to have expired', { timestamp: '2020-01-01T00:00:00.000Z' }],
    ['so that it seems to be another', { id: '01a2052e-8e12-751b-b679-3fac6fdaa745' }],
    ['so that it lacks a part', { details: undefined } as unknown as Partial<EntryItem>],
  ])('[AUD-5] shows an entry that was changed %s, and the verifier says so', async (_, over) => {
    const { items } = await aLog(sealed.with(0, { ...first, ...over }))(soon);
    expect(kindsIn(items)).toEqual(['edited']);
  });

  it('[AUD-5] tells a reader that an entry was changed that is not for him, and not what it says', async () => {
    const changed = { ...first, domain: 'platform', summary: 'A secret', agent_id: 'agt_b' };
    const reader = anActor({ id: 'orc_product', kind: 'domain_orchestrator', domain: 'product' });
    const { items } = await aLog(sealed.with(0, changed))(soon, reader);
    expect(kindsIn(items)).toEqual(['edited']);
    expect(JSON.stringify(items)).not.toContain('A secret');
  });

  it('[AUD-3] shows what has expired as its hash alone, removed by now or not', async () => {
    const removed = [...sealed.slice(0, 10), ...sealed.slice(10).map(() => undefined)];
    const { items } = await aLog(removed)(daysAfter(91));
    expect(items.map(({ entry }) => entry)).toEqual(sealed.map(() => null));
  });

  it('[AUD-5] is refused when an entry is gone before the shortest class is over', async () => {
    const read = aLog([...sealed.slice(0, 3), undefined, ...sealed.slice(4)]);
    await expect(read(daysAfter(89))).rejects.toThrow(
      `entry ${sealed[3]!.id} is missing in the ledger before its time`,
    );
  });
});
