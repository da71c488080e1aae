import { readLabels } from './annotations.ts';
import type { PolicyDocument, PolicyFault, PolicyLayer } from './contract.ts';
import { type Chunk, indexOfWord, positionAt, readPolicy, splitPolicies } from './policy-text.ts';

/** A `.cedar` file that cannot be taken apart; `faults` are placed in the file. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError';
  readonly faults: PolicyFault[];

  constructor(faults: PolicyFault[]) {
    super(faults.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'));
    this.faults = faults;
  }
}

type Piece = { document: PolicyDocument; faults: [] } | { document: undefined; faults: PolicyFault[] };

/**
 * The policies of one `.cedar` file, in its order, all of one layer. They are well-formed and labelled; whether they
 * agree with the schema is for `validatePolicySet`.
 *
 * @throws PolicyFileError with every syntax fault, missing or wrong annotation, template and duplicate id
 */
export function parsePolicyFile(text: string, fileLayer: PolicyLayer): PolicyDocument[] {
  const chunks = splitPolicies(text);
  const pieces = chunks.map((chunk) => inFile(documentOf(chunk, fileLayer), chunk, text));
  const documents = pieces.flatMap(({ document }) => document ?? []);
  const faults = [...pieces.flatMap((piece) => piece.faults), ...duplicates(pieces, chunks, text)];
  if (faults.length > 0) throw new PolicyFileError(faults);
  return documents;
}

function documentOf({ text }: Chunk, layer: PolicyLayer): Piece {
  const read = readPolicy(text);
  if (read.kind === 'unreadable') return { document: undefined, faults: read.faults };
  const labels = readLabels(read.policy, text);
  if (labels.kind === 'faulty') {
    const id = read.policy.annotations?.id;
    return { document: undefined, faults: labels.faults.map((fault) => (id ? { policy_id: id, ...fault } : fault)) };
  }
  const { id, title, kind } = labels.labels;
  return { document: { id, layer, title, kind, text }, faults: [] };
}

function inFile(piece: Piece, chunk: Chunk, file: string): Piece {
  if (piece.document) return piece;
  const start = positionAt(file, chunk.index);
  const moved = piece.faults.map(({ line = 1, column = 1, ...fault }) => ({
    ...fault,
    line: start.line + line - 1,
    column: line === 1 ? start.column + column - 1 : column,
  }));
  return { document: undefined, faults: moved };
}

function duplicates(pieces: readonly Piece[], chunks: readonly Chunk[], file: string): PolicyFault[] {
  const seen = new Set<string>();
  return pieces.flatMap(({ document }, i) => {
    const chunk = chunks[i];
    if (!document || !chunk) return [];
    if (!seen.has(document.id)) {
      seen.add(document.id);
      return [];
    }
    const place = positionAt(file, chunk.index + indexOfWord(chunk.text, /@\s*id\b/));
    return [{ policy_id: document.id, message: `@id("${document.id}") is used twice`, ...place }];
  });
}
