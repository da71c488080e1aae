import { type Chunk, skeletonOf } from './policy-text.ts';

/** A condition taken apart at its `||` and `&&`, as deep as they stand outside other operators. */
export type Expression = { kind: 'any' | 'all'; parts: readonly Expression[] } | { kind: 'leaf'; part: Chunk };

/** A policy's text taken apart; every part knows its place in it. */
export interface Anatomy {
  effect: Chunk;
  /** What the head asks of principal, action and resource. */
  scope: readonly Chunk[];
  conditions: readonly { kind: 'when' | 'unless'; body: Expression }[];
}

/**
 * Takes apart the text of one policy that Cedar has accepted.
 * @throws Error when it is none
 */
export function anatomyOf(text: string): Anatomy {
  const skeleton = skeletonOf(text);
  const head = /\b(?:permit|forbid)\s*\(/.exec(skeleton);
  if (!head) throw new Error('the text is no policy');
  const open = head.index + head[0].length - 1;
  const close = closingOf(skeleton, open);
  const scope = split({ text: text.slice(open + 1, close), index: open + 1 }, ',');
  const conditions: { kind: 'when' | 'unless'; body: Expression }[] = [];
  const next = /\b(when|unless)\s*\{/g;
  next.lastIndex = close;
  for (let found = next.exec(skeleton); found; found = next.exec(skeleton)) {
    const from = next.lastIndex - 1;
    const to = closingOf(skeleton, from);
    const body = expressionOf(trimmed({ text: text.slice(from + 1, to), index: from + 1 }));
    conditions.push({ kind: found[1] === 'when' ? 'when' : 'unless', body });
    next.lastIndex = to;
  }
  return { effect: { text: text.slice(head.index, close + 1), index: head.index }, scope, conditions };
}

/** The leaves of an expression, in the order of the text. */
export const leavesOf = (expression: Expression): Chunk[] =>
  expression.kind === 'leaf' ? [expression.part] : expression.parts.flatMap(leavesOf);

function expressionOf(part: Chunk): Expression {
  const inner = withoutParentheses(part);
  // `if … then … else …` binds loosest of all: what stands in it cannot be told apart by itself.
  if (atTopLevel(inner, /^if\b/).length > 0) return { kind: 'leaf', part: inner };
  for (const [kind, operator] of [['any', '||'] as const, ['all', '&&'] as const]) {
    const parts = split(inner, operator);
    if (parts.length > 1) return { kind, parts: parts.map(expressionOf) };
  }
  return { kind: 'leaf', part: inner };
}

function withoutParentheses(part: Chunk): Chunk {
  const skeleton = skeletonOf(part.text);
  const isWrapped = skeleton.startsWith('(') && closingOf(skeleton, 0) === skeleton.length - 1;
  return isWrapped ? withoutParentheses(trimmed({ text: part.text.slice(1, -1), index: part.index + 1 })) : part;
}

/** The parts between the operators that stand in no bracket, string or comment. */
function split(part: Chunk, operator: ',' | '||' | '&&'): Chunk[] {
  const ends = atTopLevel(part, new RegExp(`^${operator.replaceAll('|', String.raw`\|`)}`));
  const starts = [0, ...ends.map((end) => end + operator.length)];
  return starts.map((start, at) =>
    trimmed({ text: part.text.slice(start, ends[at] ?? part.text.length), index: part.index + start }),
  );
}

/** Where a pattern matches outside every bracket, string and comment. */
function atTopLevel({ text }: Chunk, pattern: RegExp): number[] {
  const skeleton = skeletonOf(text);
  const found: number[] = [];
  let depth = 0;
  for (let at = 0; at < skeleton.length; at += 1) {
    const here = skeleton.charAt(at);
    if ('([{'.includes(here)) depth += 1;
    else if (')]}'.includes(here)) depth -= 1;
    else if (depth === 0 && isWordStart(skeleton, at) && pattern.test(skeleton.slice(at, at + 3))) found.push(at);
  }
  return found;
}

/** Not within a word, so that `if` is not found in `notif`. */
const isWordStart = (skeleton: string, at: number): boolean =>
  !/\w\w/.test(skeleton.slice(Math.max(0, at - 1), at + 1));

function closingOf(skeleton: string, open: number): number {
  let depth = 0;
  for (let at = open; at < skeleton.length; at += 1) {
    const here = skeleton.charAt(at);
    if ('([{'.includes(here)) depth += 1;
    else if (')]}'.includes(here)) depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error('a bracket of the policy is not closed');
}

/** Without the blanks and comments around it. */
function trimmed({ text, index }: Chunk): Chunk {
  const skeleton = skeletonOf(text, 'comments');
  const start = Math.max(0, skeleton.search(/\S/));
  const end = skeleton.trimEnd().length;
  return { text: text.slice(start, Math.max(start, end)), index: index + start };
}
