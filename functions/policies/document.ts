import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { type PolicyLabels, annotationFault, readLabels } from './annotations.ts';
import type { PolicyDocument, PolicyFault } from './contract.ts';
import { foreignScope } from './layers.ts';
import { indexOfWord, positionAt, readPolicy } from './policy-text.ts';

/** A document that was read; `policy` and `labels` are there as far as they could be read. */
export interface ReadDocument {
  policy?: PolicyJson;
  labels?: PolicyLabels;
  faults: PolicyFault[];
}

/** Reads one document by itself: syntax, no template, annotations that agree with it, and its layer's own principals. */
export function readDocument(document: PolicyDocument): ReadDocument {
  const { id, text } = document;
  const named = (fault: PolicyFault): PolicyFault => ({ policy_id: id, ...fault });
  const read = readPolicy(text);
  if (read.kind === 'unreadable') return { faults: read.faults.map(named) };
  const { policy } = read;
  const said = readLabels(policy, text);
  const foreign = foreignScope(document.layer, policy);
  const faults = [
    ...(said.kind === 'faulty' ? said.faults : differences(document, said.labels)),
    ...(foreign === undefined ? [] : [{ message: foreign, ...positionAt(text, indexOfWord(text, /\bprincipal\b/)) }]),
  ];
  return { policy, ...(said.kind === 'labels' && { labels: said.labels }), faults: faults.map(named) };
}

/** What a reader is shown about a policy must be what the policy says. */
function differences(document: PolicyDocument, labels: PolicyLabels): PolicyFault[] {
  return (['id', 'title', 'kind'] as const)
    .filter((field) => document[field] !== labels[field])
    .map((field) => annotationFault(document.text, field, `the document's ${field} differs from @${field}`));
}

/** A fault for each document whose id an earlier one has: the later would replace the earlier in silence. */
export function repetitions(documents: readonly PolicyDocument[]): PolicyFault[] {
  const first = new Map(documents.toReversed().map((document) => [document.id, document]));
  return documents
    .filter((document) => first.get(document.id) !== document)
    .map(({ id }) => ({ policy_id: id, message: 'another policy of the set has the same id' }));
}
