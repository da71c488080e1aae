import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Size of a value as DynamoDB counts it: names and texts in UTF-8, one byte an element, three a list or map. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
  if (Array.isArray(value)) return value.reduce((bytes: number, one) => bytes + 1 + bytesOf(one), 3);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.entries(value).reduce((bytes, [, one]) => bytes + 1 + bytesOf(one), 3 + namesOf(value));
}

const namesOf = (value: object): number =>
  Object.keys(value).reduce((bytes, name) => bytes + Buffer.byteLength(name), 0);

/** Size of an item; its own attributes have no overhead. */
export const itemBytes = (item: object): number =>
  Object.values(item).reduce((bytes: number, value) => bytes + bytesOf(value), namesOf(item));

type Stored = Record<string, AttributeValue>;
const storedBytes = (item: Stored): number => itemBytes(unmarshall(item));

/** Units of a consistent read for each 4 KB begun, one at least; an eventually consistent one costs half. */
const readUnit = 4096;
const unitsFor = (bytes: number): number => Math.max(1, Math.ceil(bytes / readUnit));

/** Each item of a batch is rounded up by itself, and one that is not there costs as much as a small one. */
export const batchReadUnits = (asked: number, found: readonly Stored[]): number =>
  asked - found.length + found.reduce((units, item) => units + unitsFor(storedBytes(item)), 0);

/** What a query reads is added up before it is rounded. */
export const queryUnits = (found: readonly Stored[], consistent: boolean): number =>
  unitsFor(found.reduce((bytes, item) => bytes + storedBytes(item), 0)) * (consistent ? 1 : 0.5);

/** A transaction writes each item twice; units go by the KB. */
export const transactionUnits = (item: object): number => 2 * Math.ceil(itemBytes(item) / 1024);
