import { createHash } from 'node:crypto';

type Named = Record<string, unknown>;
type Responses = Record<string, Named>;
type Operation = { responses: Responses };
type Document = { paths: Record<string, Record<string, Operation>>; components: Named };

/**
 * The document with each answer that several operations give described once, under `components`: most of them may fail in
 * the same ways. The name says its status and, since there are several of each, tells them apart by their content.
 */
export function withSharedResponses<D>(document: D): D {
  const { paths, components } = structuredClone(document) as Document;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const counts = new Map<string, number>();
  for (const { responses } of operations)
    for (const response of Object.values(responses)) {
      const text = JSON.stringify(response);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  const shared: Responses = {};
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      const text = JSON.stringify(response);
      if (!status.startsWith('2') && (counts.get(text) ?? 0) > 1) {
        const name = `Problem${status}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
        shared[name] = response;
        responses[status] = { $ref: `#/components/responses/${name}` };
      }
    }
  }
  const sorted = Object.fromEntries(Object.entries(shared).toSorted(([a], [b]) => a.localeCompare(b)));
  return { ...document, paths, components: { ...components, responses: sorted } };
}
