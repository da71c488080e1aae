import { type DetailedError, type ValidationError, validate } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyDocument, PolicyFault, ValidationReport } from './contract.ts';
import { readDocument, repetitions } from './document.ts';
import { faultOf } from './policy-text.ts';
import { POLICY_SCHEMA } from './schema.ts';
import { unknownHasFaults } from './schema-words.ts';

/**
 * Whether the documents may become a version. Every fault is listed, in the order of the documents, with its place in
 * the document's `text`: syntax, templates, annotations, a layer that speaks about others, and whatever Cedar's strict
 * validation says. Its warnings count too: a policy that can never apply is a control that never acts.
 */
export function validatePolicySet(documents: readonly PolicyDocument[]): ValidationReport {
  if (documents.length === 0) return { valid: false, faults: [{ message: 'the set holds no policy' }] };
  const read = documents.map((document) => ({ document, ...readDocument(document) }));
  const typed = schemaFaults(read.filter(({ policy }) => policy !== undefined).map(({ document }) => document));
  const faults = [
    ...repetitions(documents),
    ...read.flatMap(({ document, policy, faults: own }) => [
      ...own,
      ...(policy ? unknownHasFaults(policy, document.text).map((fault) => named(document, fault)) : []),
      ...(typed.byDocument.get(document) ?? []),
    ]),
    ...typed.others,
  ];
  return { valid: faults.length === 0, faults };
}

const named = ({ id }: PolicyDocument, fault: PolicyFault): PolicyFault => ({ policy_id: id, ...fault });

interface SchemaFaults {
  byDocument: ReadonlyMap<PolicyDocument, PolicyFault[]>;
  others: PolicyFault[];
}

function schemaFaults(documents: readonly PolicyDocument[]): SchemaFaults {
  // Numbered, because ids may repeat in a set that is about to be refused.
  const key = (i: number) => `policy${i}`;
  const answer = validate({
    schema: POLICY_SCHEMA,
    policies: { staticPolicies: Object.fromEntries(documents.map(({ text }, i) => [key(i), text])) },
    validationSettings: { mode: 'strict' },
  });
  const unplaced = (errors: DetailedError[]) => errors.map(({ message }) => ({ message }));
  if (answer.type === 'failure') return { byDocument: new Map(), others: unplaced(answer.errors) };
  const said = [...answer.validationErrors, ...answer.validationWarnings];
  const byDocument = documents.map((document, i): [PolicyDocument, PolicyFault[]] => [
    document,
    distinct(said.filter(({ policyId }) => policyId === key(i)).map((error) => schemaFault(error, document))),
  ]);
  return { byDocument: new Map(byDocument), others: unplaced(answer.otherWarnings) };
}

/** Cedar repeats a complaint for every action, and names the policy inside the message. */
function schemaFault({ policyId, error }: ValidationError, document: PolicyDocument): PolicyFault {
  const message = error.message
    .replace(`for policy \`${policyId}\`, `, '')
    .replace(/ for Orchestra::Action::"\w+"/, '');
  return named(document, faultOf({ ...error, message }, document.text));
}

/** Without repetition, in the order of the text: Cedar answers in no order. */
function distinct(faults: readonly PolicyFault[]): PolicyFault[] {
  const byText = new Map(faults.map((fault) => [`${fault.line}:${fault.column} ${fault.message}`, fault]));
  return [...byText.values()].toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || (a.message < b.message ? -1 : 1),
  );
}
