import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyFault } from './contract.ts';

/** A place in a text, in UTF-16 units from 0. */
export interface Chunk {
  text: string;
  index: number;
}

const STRING_OR_COMMENT = /"(?:\\.|[^"\\])*"|\/\/[^\n\r]*/gs;

/**
 * The text with strings and comments blanked, index for index: what is left is Cedar's own words.
 * @param blank `comments` leaves the strings as they are
 */
export function skeletonOf(text: string, blank: 'all' | 'comments' = 'all'): string {
  return text.replace(STRING_OR_COMMENT, (match) =>
    blank === 'comments' && match.startsWith('"') ? match : ' '.repeat(match.length),
  );
}

/**
 * The policies of a file, each with the comments above it, in the order of the file.
 * Cedar's own splitter drops comments and sorts `policy10` before `policy2`.
 */
export function splitPolicies(text: string): Chunk[] {
  const skeleton = skeletonOf(text);
  const ends = [...skeleton.matchAll(/;/g)].map((match) => match.index + 1);
  return [...ends, text.length]
    .map((end, i) => ({ from: ends[i - 1] ?? 0, end }))
    .filter(({ from, end }) => skeleton.slice(from, end).trim() !== '')
    .map(({ from, end }) => {
      const index = from + text.slice(from, end).search(/\S/);
      return { text: text.slice(index, end).trimEnd(), index };
    });
}

/** The first place where `pattern` stands outside strings and comments; the policy's first word when it stands nowhere. */
export function indexOfWord(text: string, pattern: RegExp): number {
  const skeleton = skeletonOf(text);
  const found = skeleton.search(pattern);
  return Math.max(0, found >= 0 ? found : skeleton.search(/\S/));
}

/** Line and column of an index, both from 1, the column in characters. */
export function positionAt(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split(/\r\n|\n|\r/);
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
}

/** One Cedar complaint as a fault of `text`. */
export function faultOf(error: DetailedError, text: string): PolicyFault {
  const [place] = error.sourceLocations ?? [];
  const expected = place?.label ? `${error.message}: ${place.label}` : error.message;
  return {
    message: error.help ? `${expected} (${error.help})` : expected,
    ...(place && positionAt(text, indexOfByte(text, place.start))),
  };
}

/** Cedar counts UTF-8 bytes. */
function indexOfByte(text: string, byte: number): number {
  return Buffer.from(text).subarray(0, byte).toString().length;
}

export type ReadPolicy = { kind: 'policy'; policy: PolicyJson } | { kind: 'unreadable'; faults: PolicyFault[] };

/** Exactly one static policy, or why the text is not one. */
export function readPolicy(text: string): ReadPolicy {
  const answer = policyToJson(text);
  return answer.type === 'success'
    ? { kind: 'policy', policy: answer.json }
    : { kind: 'unreadable', faults: answer.errors.map((error) => faultOf(error, text)) };
}
