import type { ContextChange, FlipOption, PolicyVerdict } from './contract.ts';
import type { Choice, Choices, Json } from './flip-candidates.ts';

type Effect = PolicyVerdict['effect'];
/** A field and the value that it is given. */
type Change = { choice: Choice; to: Json | undefined };

export interface Search {
  flips: FlipOption[];
  search: { size: number; exhaustive: boolean; evaluations: number };
}

const largestSize = 3;
const mostShown = 10;

/** What is searched, and how much of it. */
export interface Task {
  context: Json;
  base: Effect;
  /** A change that touches none of these fields cannot matter; all may where absent. */
  pivots?: ReadonlySet<string> | undefined;
  /** The verdict on a changed context; undefined where there is none that counts. */
  effectOf: (context: Json) => Effect | undefined;
  /** How many verdicts may be asked for. */
  budget: number;
}

/**
 * Looks for the smallest changes of a context that give another verdict: one field, else two, else three. Every one found
 * is asked about once more, in the form in which it is told, before it is told.
 */
export function searchFlips({ context, base, pivots, effectOf, budget }: Task, { choices, complete }: Choices): Search {
  let evaluations = 0;
  const found: FlipOption[] = [];
  const known = new Set<string>();
  const verdictOf = (changes: readonly Pick<ContextChange, 'pointer' | 'to'>[]): Effect | undefined => {
    evaluations += 1;
    return effectOf(changes.reduce<Json>((value, { pointer, to }) => changed(value, pointer, to), context));
  };
  for (let size = 1; size <= largestSize; size += 1) {
    for (const changes of changesOf(choices, size)) {
      if (pivots && !changes.some(({ choice }) => pivots.has(choice.path))) continue;
      if (evaluations >= budget) return told(found, size, false, evaluations);
      const asTold = changes.map(shown);
      const effect = verdictOf(asTold);
      const key = [effect, ...asTold.map(({ pointer }) => pointer)].join(' ');
      if (effect === undefined || effect === base || known.has(key)) continue;
      if (verdictOf(structuredClone(asTold)) === effect) found.push({ changes: asTold, effect });
      known.add(key);
    }
    if (found.length > 0) return told(found, size, complete, evaluations);
  }
  return told([], largestSize, complete, evaluations);
}

const rank: Record<Effect, number> = { allow: 0, escalate: 1, deny: 2 };

const told = (found: FlipOption[], size: number, exhaustive: boolean, evaluations: number): Search => ({
  flips: found.toSorted((a, b) => rank[a.effect] - rank[b.effect]).slice(0, mostShown),
  search: { size, exhaustive, evaluations },
});

const shown = ({ choice, to }: Change): ContextChange => ({
  pointer: `/context/${choice.path.replaceAll('.', '/')}`,
  ...(choice.from === undefined ? {} : { from: asShown(choice.from) }),
  ...(to === undefined ? {} : { to: asShown(to) }),
});

/** The context has fields and records of fields, and nothing deeper. */
const asShown = (value: Json) => value as NonNullable<ContextChange['to']>;

/** Every way to change so many fields at once, none of which lies within another. */
function* changesOf(choices: readonly Choice[], size: number, from = 0): Generator<Change[], void, undefined> {
  for (let at = from; at < choices.length; at += 1) {
    const choice = choices[at] as Choice;
    for (const to of choice.to) {
      if (size === 1) {
        yield [{ choice, to }];
        continue;
      }
      for (const others of changesOf(choices, size - 1, at + 1)) {
        if (!others.some((other) => other.choice.path.startsWith(`${choice.path}.`))) yield [{ choice, to }, ...others];
      }
    }
  }
}

/** The context with the field at `/context/…` set, or left out. */
export function changed(context: Json, pointer: string, to: Json | undefined): Json {
  const set = (value: Json, [name = '', ...rest]: readonly string[]): Json => {
    const fields = value as { [name: string]: Json };
    if (rest.length > 0) return { ...fields, [name]: set(fields[name] ?? {}, rest) };
    const { [name]: _, ...others } = fields;
    return to === undefined ? others : { ...others, [name]: to };
  };
  return set(context, pointer.split('/').slice(2));
}
