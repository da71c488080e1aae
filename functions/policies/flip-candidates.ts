import type { Comparisons } from './comparisons.ts';
import type { PolicyContext } from './contract.ts';
import { contextFields, type Field } from './flip-fields.ts';

export type Json = string | number | boolean | null | { [name: string]: Json } | Json[];

/** A field of the context, and the other values that it might have; an undefined one leaves it out. */
export interface Choice {
  path: string;
  from: Json | undefined;
  to: readonly (Json | undefined)[];
}

/** What may be changed; `complete` when the values leave out nothing that the policies tell apart. */
export interface Choices {
  choices: readonly Choice[];
  complete: boolean;
}

/** More ways to fill in a record than this are not all tried. */
const mostRecords = 400;

/**
 * The other values of each field that the policies mention, in the order in which they do, nearest first: one for every range of numbers that the
 * policies tell apart, every text that they name and one that they do not, both answers of a flag, presence and absence.
 */
export function choicesFor(context: PolicyContext, { values, exact }: Comparisons): Choices {
  let complete = exact;
  const choices: Choice[] = [];
  const add = (field: Field): void => {
    if (!values.has(field.path)) return;
    const from = at(context as Json, field.path);
    const all = valuesOf(field, values);
    if (all.length > mostRecords) complete = false;
    const others = all.slice(0, mostRecords).filter((to) => !sameAs(field, from, to, values));
    const to = field.kind === 'amount' ? nearest(others as number[], Number(from)) : others;
    const absent = field.optional && from !== undefined ? [undefined] : [];
    // A record that is there is changed field by field, or left out.
    const isThere = field.kind === 'record' && from !== undefined;
    choices.push({ path: field.path, from, to: isThere ? absent : [...to, ...absent] });
    if (field.kind === 'record' && isThere) for (const inner of field.fields) add(inner);
  };
  for (const field of contextFields) add(field);
  const asked = [...values.keys()];
  const inOrder = choices.toSorted((a, b) => asked.indexOf(a.path) - asked.indexOf(b.path));
  return { choices: inOrder.filter(({ to }) => to.length > 0), complete };
}

type Values = Comparisons['values'];

/** Every value worth trying, the present one among them. */
function valuesOf(field: Field, values: Values): Json[] {
  const named = [...(values.get(field.path) ?? [])];
  switch (field.kind) {
    case 'flag':
      // The answer that one hopes to give comes first.
      return field.path === 'communication.contains_personal_data' ? [false, true] : [true, false];
    case 'choice':
      return [...field.of];
    case 'text':
      return [...new Set([...named.filter((one) => typeof one === 'string' && one !== ''), field.rest])];
    case 'amount':
      return ranges(
        named.filter((one) => typeof one === 'number'),
        field.most,
      );
    case 'record':
      return records(field.fields, values);
  }
}

/** One number of each range that the given ones part: themselves, and what lies below, between and above. */
function ranges(numbers: readonly number[], most: number): number[] {
  const around = [0, ...numbers.flatMap((number) => [number - 1, number, number + 1])];
  const fitting = around.filter((one) => one >= 0 && one <= most);
  return [...new Map(fitting.map((one) => [rangeOf(one, numbers), one])).values()].toSorted((a, b) => a - b);
}

const rangeOf = (value: number, numbers: readonly number[]): string =>
  numbers.map((one) => Math.sign(value - one)).join(' ');

function records(fields: readonly Field[], values: Values): Json[] {
  let all: { [name: string]: Json }[] = [{}];
  for (const field of fields) {
    const name = field.path.split('.').at(-1) ?? field.path;
    const mentioned = valuesOf(field, values);
    const [first = null] = mentioned;
    // Whatever nobody asks about has some value that is fit, where it must have one.
    const unasked: (Json | undefined)[] = field.optional ? [undefined] : [first];
    const tried = values.has(field.path) ? [...(field.optional ? [undefined] : []), ...mentioned] : unasked;
    all = tried.flatMap((value) => all.map((one) => (value === undefined ? one : { ...one, [name]: value })));
    if (all.length > mostRecords * 4) break;
  }
  return all;
}

function sameAs(field: Field, from: Json | undefined, to: Json | undefined, values: Values): boolean {
  if (from === undefined) return false;
  if (field.kind !== 'amount') return JSON.stringify(from) === JSON.stringify(to);
  const numbers = [...(values.get(field.path) ?? [])].filter((one) => typeof one === 'number');
  return rangeOf(Number(from), numbers) === rangeOf(Number(to), numbers);
}

const nearest = (numbers: readonly number[], to: number): number[] =>
  Number.isNaN(to) ? [...numbers] : numbers.toSorted((a, b) => Math.abs(a - to) - Math.abs(b - to));

function at(context: Json, path: string): Json | undefined {
  let value: Json | undefined = context;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = value[name];
  }
  return value;
}
