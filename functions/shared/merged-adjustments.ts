import type { Write } from './dynamo.ts';

/**
 * Adjustments of one record as one write: a transaction takes each record once. Their amounts add up; whatever each relied
 * on has to hold before all of them.
 */
export function mergedAdjustments(writes: readonly Write[]): Write[] {
  const merged = new Map<string, Write>();
  for (const write of writes) {
    const id = `${write.key.pk} ${write.key.sk}`;
    const before = merged.get(id);
    if (write.kind === 'adjust' && before?.kind === 'adjust') {
      const add = { ...before.add };
      for (const [path, amount] of Object.entries(write.add ?? {})) add[path] = (add[path] ?? 0) + amount;
      const where = [...before.where, ...write.where.filter((one) => !before.where.some((other) => same(one, other)))];
      merged.set(id, { ...before, ...write, set: { ...before.set, ...write.set }, add, where });
    } else {
      // Anything else that names a record twice is for DynamoDB to refuse.
      merged.set(before === undefined ? id : `${id} ${merged.size}`, write);
    }
  }
  return [...merged.values()];
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
