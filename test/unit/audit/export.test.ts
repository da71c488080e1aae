import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExportQuery } from '../../../functions/audit/contract.ts';
import { exportEntries } from '../../../functions/audit/operations/export-entries.ts';
import { type OcsfEvent, toOcsf } from '../../../functions/audit/ocsf.ts';
import { holdStore, ledgerStore } from '../../../functions/audit/store.ts';
import { Entry, entryOf } from '../../../functions/shared/ledger.ts';
import { anAuditor, anItem, noon, noSubjects, plainCursors, rowsOf, someEntries } from './fixtures.ts';
import { memoryTable } from './memory-table.ts';

const types = [
  'orchestra.decision.allowed.v1',
  'orchestra.decision.denied.v1',
  'orchestra.request.refused.v1',
  'orchestra.escalation.opened.v1',
];

/** What OCSF 1.8 requires of an API Activity, and the values it allows. */
function expectOcsf(event: OcsfEvent): void {
  expect(event).toMatchObject({ category_uid: 6, class_uid: 6003, metadata: { version: '1.8.0' } });
  expect([0, 1, 2, 3, 4, 99]).toContain(event.activity_id);
  expect(event.type_uid).toBe(600_300 + event.activity_id);
  expect([0, 1, 2, 3, 4, 5, 6, 99]).toContain(event.severity_id);
  expect([0, 1, 2, 99]).toContain(event.status_id);
  expect(Number.isSafeInteger(event.time)).toBe(true);
  expect(event.metadata.product.name).not.toBe('');
  expect(event.actor.user.uid).not.toBe('');
  expect(event.api.operation).not.toBe('');
  expect(Object.keys(event.src_endpoint)).toHaveLength(1);
  expect(event.trace.uid).toMatch(/^[0-9a-f]{32}$/);
}

describe('OCSF', () => {
  it('[AUD-6] every entry maps to a valid API Activity, and nothing of it is lost', () => {
    const scenario = fc.record({
      entries: someEntries(5),
      type: fc.constantFrom(...types),
      source: fc.option(fc.ipV4(), { nil: undefined }),
      sequence: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(scenario, ({ entries, type, source, sequence }) => {
        for (const entry of entries) {
          const item = anItem({ ...entry, sequence }, { type, data: source ? { source_ip: source } : {} });
          const event = toOcsf(item);
          expectOcsf(event);
          const { expires, ...unmapped } = event.unmapped;
          expect({
            ...unmapped,
            id: event.metadata.uid,
            timestamp: event.metadata.original_time,
            agent_id: event.actor.user.uid,
            domain: event.actor.user.domain,
            subject: event.resources[0]?.uid,
            summary: event.message,
            sequence: event.metadata.sequence,
            trace_id: event.trace.uid,
          }).toEqual(entryOf(item));
          expect(expires).toBe(item.ttl * 1_000);
        }
      }),
    );
  });

  it('[AUD-6] a refusal is a failure of medium severity, with the address that it came from', () => {
    const data = { source_ip: '203.0.113.7' };
    const refused = toOcsf(anItem({ action_type: 'execution' }, { type: 'orchestra.request.refused.v1', data }));
    expect(refused).toMatchObject({
      status_id: 2,
      severity_id: 3,
      activity_id: 99,
      src_endpoint: { ip: '203.0.113.7' },
    });
    expect(toOcsf(anItem())).toMatchObject({ status_id: 1, activity_id: 1, src_endpoint: { svc_name: 'agt_a' } });
  });
});

describe('export', () => {
  const table = memoryTable();
  const deps = {
    ledger: ledgerStore(table, 4),
    holds: holdStore(memoryTable()),
    cursors: plainCursors,
    subjects: noSubjects,
  };
  for (let n = 0; n < 25; n += 1) table.add(...rowsOf(anItem({ at: new Date(noon.getTime() - n), sequence: n + 1 })));
  const exported = (asked: Record<string, string>) => {
    const call = { query: ExportQuery.parse(asked), actor: anAuditor, now: noon };
    return exportEntries(deps, call as Parameters<typeof exportEntries>[1]);
  };

  it('[AUD-6] every line is exactly one entry, and the Link header leads to the end', async () => {
    const lines: string[] = [];
    let asked: Record<string, string> = { domain: 'product', limit: '10' };
    for (;;) {
      const { text, headers, contentType } = await exported(asked);
      expect(contentType).toBe('application/x-ndjson');
      lines.push(...text.split('\n').slice(0, -1));
      const [, next] = /^<(\?[^>]*)>; rel="next"$/.exec(headers?.link ?? '') ?? [];
      if (next === undefined) break;
      asked = Object.fromEntries(new URLSearchParams(next));
    }
    const entries = lines.map((line) => Entry.parse(JSON.parse(line)));
    expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 25 }, (_, n) => n + 1));
  });

  it('[AUD-6] the OCSF export has a line per entry too', async () => {
    const { text } = await exported({ domain: 'product', format: 'ocsf' });
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as OcsfEvent);
    expect(events).toHaveLength(25);
    for (const event of events) expectOcsf(event);
  });

  it('[AUD-6] an export of nothing is empty', async () => {
    expect(await exported({ domain: 'operations' })).toMatchObject({ text: '' });
  });
});
