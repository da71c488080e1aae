import { schemaToJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyFault } from './contract.ts';
import { indexOfWord, positionAt } from './policy-text.ts';
import { POLICY_SCHEMA } from './schema.ts';

/**
 * A fault for each `has` test of an attribute that the schema does not know. Cedar types such a test as plain `false`
 * and stays silent, so `unless { context has evidnce && … }` would disarm a permit's only exception.
 */
export function unknownHasFaults(policy: PolicyJson, text: string): PolicyFault[] {
  const known = attributeNames();
  return [...testedAttributes(policy.conditions)]
    .filter((name) => !known.has(name))
    .map((name) => ({
      message: `\`has ${name}\`: no record or entity of the schema has this attribute`,
      ...positionAt(text, indexOfWord(text, new RegExp(`(?<=\\bhas\\b[^;&|]*)\\b${name}\\b`))),
    }));
}

let cached: ReadonlySet<string> | undefined;

function attributeNames(): ReadonlySet<string> {
  cached ??= readAttributeNames();
  return cached;
}

function readAttributeNames(): ReadonlySet<string> {
  const answer = schemaToJson(POLICY_SCHEMA);
  if (answer.type === 'failure') throw new Error(`the policy schema does not parse: ${answer.errors[0]?.message}`);
  return new Set(keysUnder('attributes', answer.json));
}

/** Every key of every record called `field`, at any depth. */
function keysUnder(field: string, value: unknown): string[] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === field && isRecord(inner) ? Object.keys(inner) : []),
    ...keysUnder(field, inner),
  ]);
}

function testedAttributes(value: unknown): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...testedAttributes(item)]));
  if (!isRecord(value)) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, inner]) => [
      ...(key === 'has' && isRecord(inner) ? [inner.attr].flat().filter((attr) => typeof attr === 'string') : []),
      ...testedAttributes(inner),
    ]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
