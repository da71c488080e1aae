import { describe, expect, it } from 'vitest';
import { anatomyOf, type Expression } from '../../../functions/policies/policy-parts.ts';
import { starterPack } from './fixtures.ts';

/** An expression as text with brackets of its own: any(a, all(b, c)). */
const shown = (expression: Expression): string =>
  expression.kind === 'leaf' ? expression.part.text : `${expression.kind}(${expression.parts.map(shown).join(', ')})`;

const body = (text: string): string =>
  anatomyOf(`permit (principal, action, resource) when { ${text} };`)
    .conditions.map((one) => shown(one.body))
    .join();

describe('a condition', () => {
  it.each([
    ['a.b == 1', 'a.b == 1'],
    ['a || b && c', 'any(a, all(b, c))'],
    ['(a || b) && c', 'all(any(a, b), c)'],
    ['((a))', 'a'],
    ['(a) || (b)', 'any(a, b)'],
    ['!(a || b) && c', 'all(!(a || b), c)'],
    ['[a || b].contains(c) && d', 'all([a || b].contains(c), d)'],
    ['x == "a || b" && y', 'all(x == "a || b", y)'],
    ['a // or || else\n|| b', 'any(a, b)'],
    ['a && if b then c else d || e', 'a && if b then c else d || e'],
    ['notif && elif', 'all(notif, elif)'],
    ['a >= (if b then 2 else 1) && c', 'all(a >= (if b then 2 else 1), c)'],
    ['{x: a && b}.x || c', 'any({x: a && b}.x, c)'],
  ])('[POL-6] %s is taken apart as %s', (text, parts) => {
    expect(body(text)).toBe(parts);
  });
});

it('[POL-6] takes head and conditions apart, each part at its place', () => {
  const text = `@title("permit (x) when {")
forbid (
  principal is Orchestra::Agent,
  action in [Orchestra::Action::"a", Orchestra::Action::"b"],
  resource
)
when { a && b }
unless { c };`;
  const { scope, conditions, effect } = anatomyOf(text);
  expect(scope.map((part) => part.text)).toEqual([
    'principal is Orchestra::Agent',
    'action in [Orchestra::Action::"a", Orchestra::Action::"b"]',
    'resource',
  ]);
  expect(conditions.map(({ kind, body: inner }) => [kind, shown(inner)])).toEqual([
    ['when', 'all(a, b)'],
    ['unless', 'c'],
  ]);
  for (const part of [...scope, effect]) expect(text.slice(part.index).startsWith(part.text)).toBe(true);
});

it('[POL-6] takes every policy of the starter pack apart', () => {
  const all = starterPack();
  expect(all.length).toBeGreaterThan(20);
  for (const { text, id } of all) {
    const { scope, conditions } = anatomyOf(text);
    expect(scope, id).toHaveLength(3);
    expect(conditions.length, id).toBeGreaterThan(0);
  }
});
