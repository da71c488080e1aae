import fc, { type Arbitrary } from 'fast-check';
import { resolved, type Schema } from './openapi.ts';

/** Values that exist, by the component that describes them: `TeamId` → teams of the test. */
export type Known = Readonly<Record<string, readonly string[]>>;

const longest = 80;

/** Values that a schema accepts. Where the schema is of something that exists, that is named more often than not. */
export function valuesOf(schema: Schema, known: Known = {}): Arbitrary<unknown> {
  const ids = schema.$ref === undefined ? [] : (known[schema.$ref.split('/').at(-1) ?? ''] ?? []);
  const generated = generate(resolved(schema), known);
  if (ids.length === 0) return generated;
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: generated });
}

function generate(schema: Schema, known: Known): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.allOf) {
    const parts = schema.allOf.map((part) => valuesOf(part, known));
    return fc.tuple(...parts).map((all) => Object.assign({}, ...all) as unknown);
  }
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return fc.oneof(...forms.map((form) => valuesOf(form, known)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valuesOf({ ...schema, type }, known)));
  switch (schema.type) {
    case 'string':
      return strings(schema);
    case 'integer':
      return integers(schema);
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return arrays(schema, known);
    case 'object':
      return objects(schema, known);
    case undefined:
    default:
      // Silence would be a schema that nothing is tested with.
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
}

function strings({ pattern, format, minLength = 0, maxLength = longest }: Schema): Arbitrary<string> {
  if (format === 'date-time') return instants;
  const most = Math.max(minLength, Math.min(maxLength, longest));
  if (pattern === undefined) return texts(minLength, most);
  return fc.stringMatching(new RegExp(pattern, 'u')).filter(({ length }) => length >= minLength && length <= maxLength);
}

const instants = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2035-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Text as people write it, in any script; its first character is none that is trimmed away. */
const texts = (least: number, most: number): Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: least, maxLength: Math.max(least, Math.floor(most / 4)) })
    .map((text) => (text.trim() === '' && least > 0 ? 'x'.repeat(least) : text))
    .filter(({ length }) => length >= least && length <= most);

const integers = ({ minimum = -1_000_000, maximum = 1_000_000 }: Schema): Arbitrary<number> =>
  fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum));

const arrays = ({ items = { type: 'null' }, minItems = 0, maxItems = 3 }: Schema, known: Known): Arbitrary<unknown[]> =>
  fc.array(valuesOf(items, known), { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 3)) });

const objects = ({ properties = {}, required = [] }: Schema, known: Known): Arbitrary<object> =>
  fc.record(Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valuesOf(one, known)])), {
    requiredKeys: required,
    noNullPrototype: true,
  });

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: [nested(depth - 1)] });

/** What no schema of ours accepts, or only by chance. */
const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  -1e308,
  5e-324,
  Number.MAX_SAFE_INTEGER + 2,
  1e21,
  '',
  ' ',
  '\u0000',
  '\u0007\u001b[31m\u007f',
  '\ud800',
  'a\udfffb',
  '\u202eevil\ufeff',
  '__proto__',
  "'; DROP TABLE state; --",
  '${jndi:ldap://x}',
  'x'.repeat(10_000),
  '💥'.repeat(3_000),
  [],
  {},
  [[]],
  { __proto__: null, constructor: { prototype: {} } },
  nested(20),
  nested(200),
  Array.from({ length: 2_000 }, (_, at) => at),
];

const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'surprise',
  '',
  ' ',
  '\ud800',
  'ключ',
  '~1/~0',
  'x'.repeat(2_000),
  'pk',
  'ttl',
];

type Edit =
  | { kind: 'replace'; at: number; by: unknown }
  | { kind: 'remove'; at: number }
  | { kind: 'add'; at: number; name: string; value: unknown }
  | { kind: 'repeat'; at: number; times: number };

const edits: Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), at: fc.nat(), by: fc.constantFrom(...odd) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      at: fc.nat(),
      name: fc.constantFrom(...oddNames),
      value: fc.constantFrom(...odd),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), times: fc.constantFrom(30, 300) }),
  },
);

/** A value after one to three edits somewhere within it. */
export const mutated = (values: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.tuple(values, fc.array(edits, { minLength: 1, maxLength: 3 })).map(([value, all]) => all.reduce(edited, value));

type Place = { parent: Record<string, unknown> | unknown[]; key: string | number };

function placesIn(value: unknown, depth = 0): Place[] {
  if (typeof value !== 'object' || value === null || depth > 8) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [
    { parent: value as Place['parent'], key },
    ...placesIn((value as Record<string | number, unknown>)[key], depth + 1),
  ]);
}

function edited(given: unknown, edit: Edit): unknown {
  const whole = { value: structuredClone(given) };
  const places = placesIn(whole);
  // The whole is a place too, one that is seldom meant.
  const { parent, key } = places[edit.at % places.length] as { parent: Record<string | number, unknown>; key: string };
  const here = parent[key];
  if (edit.kind === 'replace') assign(parent, key, edit.by);
  else if (edit.kind === 'remove' && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (edit.kind === 'remove') delete parent[key];
  else if (edit.kind === 'add' && isObject(here)) assign(here, edit.name, edit.value);
  else if (edit.kind === 'add' && !Array.isArray(parent)) assign(parent, edit.name, edit.value);
  else if (edit.kind === 'repeat') assign(parent, key, repeated(here, edit.times));
  return whole.value;
}

/** As often as asked, but no longer than what a test can send. */
function repeated(value: unknown, times: number): unknown[] {
  const size = JSON.stringify(value)?.length ?? 1;
  return Array.from({ length: Math.min(times, Math.ceil(1_000_000 / size)) }, () => value);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As JSON does it: `__proto__` becomes a field like any other. */
const assign = (target: object, name: string, value: unknown): void =>
  void Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });

/** What is no JSON, or not the JSON that one thinks; `text` is a good body. */
export const brokenTexts = (text: string): Arbitrary<string> =>
  fc.oneof(
    fc.nat({ max: Math.max(0, text.length - 1) }).map((end) => text.slice(0, end)),
    fc.constantFrom(
      '',
      '   ',
      'null',
      'false',
      '0',
      '"text"',
      '[]',
      'NaN',
      '{"a":1e999}',
      '{"a":-0,"a":1}',
      '{"a":0x10}',
      `\ufeff${text}`,
      `${text}${text}`,
      `${text},`,
      `/* comment */${text}`,
      text.replaceAll('"', "'"),
      text.replace('{', '{"\\u0000":1,'),
      text.replace('{', '{"__proto__":{"kind":"human"},'),
      '['.repeat(20_000),
      `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`,
      `"${'x'.repeat(300_000)}"`,
      'a: &a [x]\nb: *a\nc: [*a, *a]\n',
      `a: &a [${'x,'.repeat(9)}x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: &c [${'*b,'.repeat(9)}*b]\nd: [${'*c,'.repeat(9)}*c]\n`,
      '!!js/function "() => 1"',
      '? [complex, key]\n: 1\n<<: {a: 1}\n',
      '%YAML 9.9\n---\n- 1\n--- 2\n',
      '\t- tab\n',
    ),
  );
