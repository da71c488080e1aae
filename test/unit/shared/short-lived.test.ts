import { expect, it } from 'vitest';
import { shortLived } from '../../../functions/shared/short-lived.ts';

function aCache(seconds: number, most: number) {
  let now = 0;
  let made = 0;
  const cache = shortLived<number>(seconds, most, () => now);
  const make = async (): Promise<number> => (made += 1);
  return { get: (key: string) => cache.get(key, make), at: (seconds_: number) => void (now = seconds_ * 1000) };
}

it('[AUD-7] a key is kept in memory for its time, and not a moment longer', async () => {
  const { get, at } = aCache(60, 10);
  expect(await get('a')).toBe(1);
  at(59.999);
  expect(await get('a')).toBe(1);
  at(60);
  expect(await get('a')).toBe(2);
});

it('[AUD-7] no more keys are kept than fit, the newest of them', async () => {
  const { get } = aCache(60, 2);
  for (const key of ['a', 'b', 'c', 'd']) await get(key);
  expect(await get('d')).toBe(4);
  expect(await get('a')).toBe(5);
});

it('[AUD-7] what could not be made is not kept', async () => {
  const cache = shortLived<number>(60, 2);
  await expect(cache.get('a', () => Promise.reject(new Error('KMS is away')))).rejects.toThrow('away');
  expect(await cache.get('a', async () => 7)).toBe(7);
});
