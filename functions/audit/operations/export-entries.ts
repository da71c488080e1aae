import { entryOf } from '../../shared/ledger.ts';
import type { TextBody } from '../../shared/response.ts';
import type { Call } from '../../shared/serve.ts';
import type { ExportQuery, routes } from '../contract.ts';
import { type Deps, readEntries } from '../read-entries.ts';
import { toOcsf } from '../ocsf.ts';

/** Entries as lines of JSON, each line one entry; the next page is named by the `Link` header. */
export async function exportEntries(
  deps: Deps,
  { query, actor, now }: Call<(typeof routes)['exportEntries']>,
): Promise<TextBody> {
  const { items, next_cursor } = await readEntries(deps, query, actor, now);
  const lines = items.map((item) => JSON.stringify(query.format === 'ocsf' ? toOcsf(item) : entryOf(item)));
  return {
    kind: 'text',
    contentType: 'application/x-ndjson',
    text: lines.map((line) => `${line}\n`).join(''),
    ...(next_cursor === undefined ? {} : { headers: { link: nextLink(query, next_cursor) } }),
  };
}

/** Relative to the URL of the request, so that it holds behind any stage, prefix or custom domain. */
function nextLink(query: ExportQuery, cursor: string): string {
  const asked = Object.entries({ ...query, cursor }).filter(([, value]) => value !== undefined);
  const next = new URLSearchParams(asked.map(([name, value]): [string, string] => [name, String(value)]));
  return `<?${next.toString()}>; rel="next"`;
}
