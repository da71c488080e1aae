import { call, type Reply } from './world.ts';

/**
 * Every page of a list, in order, each as its items; `between` runs before the next page is asked for.
 * @throws Error when a page is not answered with 200
 */
export async function pagesOf<T = Reply['body']>(
  path: string,
  as: string,
  between?: () => Promise<unknown>,
): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | undefined;
  do {
    const url: string = cursor === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`;
    const { status, body, text } = await call('GET', url, { as });
    if (status !== 200) throw new Error(`${url}: ${status} ${text}`);
    pages.push(body.items);
    cursor = body.next_cursor;
    if (cursor !== undefined) await between?.();
  } while (cursor !== undefined);
  return pages;
}
