import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { type PolicyFault, PolicyId, PolicyKind } from './contract.ts';
import { indexOfWord, positionAt } from './policy-text.ts';

/** What a policy says about itself. `escalates`: its forbid hands the decision to the next level instead of ending it. */
export interface PolicyLabels {
  id: string;
  title: string;
  advice: string;
  kind: PolicyKind;
  escalates: boolean;
}

export type ReadLabels = { kind: 'labels'; labels: PolicyLabels } | { kind: 'faulty'; faults: PolicyFault[] };

const REQUIRED = ['id', 'title', 'advice', 'kind'] as const;
const KNOWN: ReadonlySet<string> = new Set([...REQUIRED, 'covers', 'verdict']);

/** The annotations of a policy, or a fault for each that is missing, unknown or wrong, placed in `text`. */
export function readLabels(policy: PolicyJson, text: string): ReadLabels {
  const notes = policy.annotations ?? {};
  const kind = PolicyKind.safeParse(notes.kind);
  const complaints = [...missing(notes), ...unknown(notes), ...wrong(notes, policy.effect)];
  if (complaints.length > 0 || !kind.success) {
    return { kind: 'faulty', faults: complaints.map(({ on, message }) => annotationFault(text, on, message)) };
  }
  const { id = '', title = '', advice = '' } = notes;
  return { kind: 'labels', labels: { id, title, advice, kind: kind.data, escalates: notes.verdict === 'escalate' } };
}

/** A fault placed on the annotation `@name`, or on the policy's first word when the annotation is absent. */
export function annotationFault(text: string, name: string, message: string): PolicyFault {
  return { message, ...positionAt(text, indexOfWord(text, new RegExp(`@\\s*${name}\\b`))) };
}

type Notes = Readonly<Record<string, string>>;
interface Complaint {
  on: string;
  message: string;
}

function missing(notes: Notes): Complaint[] {
  return REQUIRED.filter((name) => !notes[name]?.trim()).map((on) => ({ on, message: `@${on} is missing or empty` }));
}

/** A misspelt `@verdict` would silently change what a forbid means, so nothing unknown is let through. */
function unknown(notes: Notes): Complaint[] {
  return Object.keys(notes)
    .filter((name) => !KNOWN.has(name))
    .map((on) => ({ on, message: `@${on} is not an annotation of this schema` }));
}

function wrong(notes: Notes, effect: PolicyJson['effect']): Complaint[] {
  const complaints: Complaint[] = [];
  if (notes.id?.trim() && !PolicyId.safeParse(notes.id).success) {
    complaints.push({ on: 'id', message: '@id needs lower-case letters, digits and hyphens, at most 64' });
  }
  if (notes.kind?.trim() && !PolicyKind.safeParse(notes.kind).success) {
    complaints.push({ on: 'kind', message: `@kind is one of ${[...PolicyKind.values].join(', ')}` });
  }
  if (notes.verdict !== undefined && (notes.verdict !== 'escalate' || effect !== 'forbid')) {
    complaints.push({ on: 'verdict', message: '@verdict("escalate") on a forbid is the only verdict' });
  }
  if (notes.covers !== undefined && !notes.covers.startsWith(`${notes.kind}/`)) {
    complaints.push({ on: 'covers', message: '@covers begins with the kind of the policy and a slash' });
  }
  return complaints;
}
