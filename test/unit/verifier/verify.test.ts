import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, leafHash } from '../../../functions/audit/merkle.ts';
import { sealedText } from '../../../functions/audit/tree-model.ts';
import type { Entry } from '../../../functions/shared/ledger.ts';
import { checkSequences } from '../../../verifier/entries.ts';
import type { Evidence, Line } from '../../../verifier/evidence.ts';
import { verifyEvidence } from '../../../verifier/verify.ts';
import { aKeyPair, checkpointsOf, evidenceOf, grown, someItems } from '../../support/evidence.ts';

const sizes = [7, 20, 41, 60];
const key = aKeyPair();
const whole = evidenceOf(someItems(60), sizes, key);

const kindsIn = (evidence: Evidence): string[] => [
  ...new Set(verifyEvidence(evidence).findings.map(({ kind }) => kind)),
];
const withLines = (change: (lines: Line[]) => Line[]): Evidence => ({
  ...whole,
  proofs: [],
  lines: change(structuredClone(whole.lines)),
});
/** The leaf hash that goes with what the line says now. */
const rehashed = (line: Line): Line => ({
  ...line,
  leaf_hash: hex(leafHash(sealedText(line.entry as unknown as Entry))),
});
const renumbered = (lines: Line[]): Line[] => lines.map((line, leaf_index) => ({ ...line, leaf_index }));
const edited = (line: Line): Line => ({ ...line, entry: { ...line.entry, summary: 'It never happened' } });
const exchange = (lines: Line[], a: number, b: number): Line[] => lines.with(a, lines[b]!).with(b, lines[a]!);

const anIndex = fc.integer({ min: 0, max: 59 });
const twoIndices = fc.tuple(anIndex, anIndex).filter(([a, b]) => a !== b);

describe('a log that is whole', () => {
  it('[AUD-5] passes, and says how much was checked', () => {
    expect(verifyEvidence(whole)).toEqual({
      findings: [],
      counts: { entries: 60, hashOnly: 0, checkpoints: 4, roots: 4, proofs: 64 },
      newest: whole.checkpoints[3],
    });
  });

  it('[AUD-5] passes although entries have expired: their leaves stay', () => {
    const expired = { ...whole, lines: whole.lines.map((line, n) => (n % 3 === 0 ? { ...line, entry: null } : line)) };
    expect(verifyEvidence(expired)).toMatchObject({ findings: [], counts: { hashOnly: 20 } });
  });

  it('[AUD-5] passes at any size and any checkpoints', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }), (given) => {
        const at = given.toSorted((a, b) => a - b);
        expect(verifyEvidence(evidenceOf(someItems(at.at(-1) ?? 1), at, key)).findings).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('[AUD-5] of nothing does not pass', () => {
    for (const part of ['lines', 'checkpoints', 'keys'] as const) {
      expect(() => verifyEvidence({ ...whole, [part]: [] })).toThrow('there are no');
    }
  });

  it('[AUD-5] of hashes alone does not pass either: no entry was looked at', () => {
    const hashes = whole.lines.map((line): Line => ({ ...line, entry: null }));
    expect(() => verifyEvidence({ ...whole, lines: hashes })).toThrow('no entry is there to be checked');
    expect(kindsIn({ ...whole, proofs: [], lines: hashes.slice(0, 50) })).toEqual(['truncated']);
    const [first] = whole.lines;
    expect(verifyEvidence({ ...whole, lines: hashes.with(0, first!) }).counts).toMatchObject({ hashOnly: 59 });
  });
});

describe('an edit', () => {
  it('[AUD-5] is found wherever it is', () => {
    fc.assert(
      fc.property(anIndex, (n) => {
        expect(kindsIn(withLines((lines) => lines.with(n, edited(lines[n]!))))).toEqual(['edited']);
      }),
    );
  });

  it('[AUD-5] is found when its hash is forged to fit, down to the checkpoint that it lies under', () => {
    fc.assert(
      fc.property(anIndex, (n) => {
        const evidence = withLines((lines) => lines.with(n, rehashed(edited(lines[n]!))));
        const [finding, ...others] = verifyEvidence(evidence).findings;
        const [from = 0, to = 0] = [sizes.findLast((size) => size <= n), sizes.find((size) => size > n)];
        expect(others).toEqual([]);
        expect(finding?.kind).toBe('edited');
        expect(finding?.detail).toContain(`leaves ${from} to ${to - 1} do not have the root`);
      }),
    );
  });

  it.each([
    ['a number that no ledger counts to', { sequence: Number.MAX_SAFE_INTEGER }],
    ['a number that JSON can write and nobody can seal', { sequence: Number.POSITIVE_INFINITY }],
    ['half a character', { summary: '\ud800' }],
  ])('[AUD-5] to %s is found, and the edit alone', (_, over) => {
    const evidence = withLines((lines) => lines.with(17, { ...lines[17]!, entry: { ...lines[17]!.entry, ...over } }));
    expect(verifyEvidence(evidence).findings).toMatchObject([{ kind: 'edited' }]);
  });

  it('[AUD-5] to a number that no ledger counts to is found when its hash is forged to fit', () => {
    const sequence = Number.MAX_SAFE_INTEGER;
    const evidence = withLines((lines) =>
      lines.with(17, rehashed({ ...lines[17]!, entry: { ...lines[17]!.entry, sequence } })),
    );
    const { findings } = verifyEvidence(evidence);
    expect(findings.map(({ kind }) => kind)).toContain('edited');
    expect(findings.map(({ detail }) => detail)).toContain(
      `entries 13 to ${sequence - 1} of decision/dec_2 are missing`,
    );
  });

  it('[AUD-5] is pinned to its leaf by a proof that was kept', () => {
    const evidence = { ...whole, lines: whole.lines.with(33, rehashed(edited(whole.lines[33]!))) };
    expect(verifyEvidence(evidence).findings.map(({ detail }) => detail)).toContain(
      'leaf 33 is not the one that is proven',
    );
  });
});

describe('a change of order', () => {
  it('[AUD-5] of the lines is found', () => {
    fc.assert(
      fc.property(twoIndices, ([a, b]) => {
        expect(kindsIn(withLines((lines) => exchange(lines, a, b)))).toEqual(['reordered']);
      }),
    );
  });

  it('[AUD-5] of the entries, under leaves that stay, is found', () => {
    fc.assert(
      fc.property(twoIndices, ([a, b]) => {
        const evidence = withLines((lines) =>
          lines.with(a, { ...lines[a]!, entry: lines[b]!.entry }).with(b, { ...lines[b]!, entry: lines[a]!.entry }),
        );
        expect(kindsIn(evidence)).toEqual(['reordered']);
      }),
    );
  });

  it('[AUD-5] is found when the lines are numbered anew, and the two leaves are named', () => {
    fc.assert(
      fc.property(twoIndices, ([a, b]) => {
        const { findings } = verifyEvidence(withLines((lines) => renumbered(exchange(lines, a, b))));
        const detail = `leaves ${Math.min(a, b)} and ${Math.max(a, b)} were exchanged`;
        expect(findings).toEqual([{ kind: 'reordered', detail }]);
      }),
    );
  });
});

describe('a gap', () => {
  const within = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 8 }));

  it('[AUD-5] is found, and says which leaves are missing', () => {
    fc.assert(
      fc.property(within, ([from, count]) => {
        const { findings } = verifyEvidence(withLines((lines) => lines.toSpliced(from, count)));
        const which = count === 1 ? `leaf ${from} is missing` : `leaves ${from} to ${from + count - 1} are missing`;
        expect(findings).toEqual([{ kind: 'gap', detail: which }]);
      }),
    );
  });

  it('[AUD-5] is found when the lines are numbered anew', () => {
    fc.assert(
      fc.property(within, ([from, count]) => {
        // Also where no shorter checkpoint tells it from a cut tail: then by the numbers of the subjects.
        expect(kindsIn(withLines((lines) => renumbered(lines.toSpliced(from, count))))).toContain('gap');
      }),
    );
  });

  it('[AUD-5] is found by the numbers of a subject, even in a log that was signed with it', () => {
    const items = someItems(60).toSpliced(12, 1);
    const { findings } = verifyEvidence(evidenceOf(items, [20, 59], key));
    expect(findings).toEqual([{ kind: 'gap', detail: 'entry 3 of decision/dec_2 is missing' }]);
  });
});

it('[AUD-5] takes in more entries of one subject than a call has room for arguments', () => {
  const lines = Array.from({ length: 200_000 }, (_, n) => {
    const entry = { subject: 'decision/dec_1', sequence: n < 7 ? n + 1 : n + 3 };
    return { leaf_index: n, leaf_hash: '', entry };
  });
  expect(checkSequences(lines, 1)).toEqual([{ kind: 'gap', detail: 'entries 8 to 9 of decision/dec_1 are missing' }]);
  expect(checkSequences(lines, 2)).toEqual([]);
});

describe('a cut tail', () => {
  it('[AUD-5] is found: entries end before what is signed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), (size) => {
        expect(kindsIn(withLines((lines) => lines.slice(0, size)))).toEqual(['truncated']);
      }),
    );
  });

  const cut = { ...withLines((lines) => lines.slice(0, 20)), checkpoints: whole.checkpoints.slice(0, 2) };

  it('[AUD-5] with its checkpoints is a whole log to itself, and found by a checkpoint that was kept elsewhere', () => {
    expect(verifyEvidence(cut).findings).toEqual([]);
    for (const anchor of whole.checkpoints.slice(2)) expect(kindsIn({ ...cut, anchor })).toEqual(['truncated']);
    for (const anchor of whole.checkpoints.slice(0, 2)) expect(kindsIn({ ...cut, anchor })).toEqual([]);
  });

  it('[AUD-5] is told from a log that goes on beyond what is signed', () => {
    expect(kindsIn({ ...whole, proofs: [], checkpoints: whole.checkpoints.slice(0, 3) })).toEqual(['uncovered']);
  });
});

describe('a forged checkpoint', () => {
  const at = (n: number, over: object): Evidence => ({
    ...whole,
    proofs: [],
    checkpoints: whole.checkpoints.with(n, { ...whole.checkpoints[n]!, ...over }),
  });

  it.each([
    ['another root', { root_hash: '0'.repeat(64) }],
    ['another size', { size: 42 }],
    ['another time', { timestamp: '2020-01-01T00:00:00.000Z' }],
    ['another origin', { origin: 'urn:somebody:else' }],
    ['another predecessor', { previous: '0'.repeat(64) }],
    ['no signature', { signature: '' }],
    ['the signature of another', { signature: whole.checkpoints[0]!.signature }],
    ['something added', { note: 'trust me' }],
    ['something added that has no canonical form', { note: Number.POSITIVE_INFINITY }],
  ])('[AUD-5] with %s is found, wherever it stands in the chain', (_, over) => {
    for (const n of [1, 2, 3]) expect(kindsIn(at(n, over))).toContain('forged_checkpoint');
  });

  it('[AUD-5] that is signed with another key is found, also when that key comes with the evidence under the name of ours', () => {
    const stranger = aKeyPair();
    const forged = evidenceOf(someItems(60), sizes, stranger);
    expect(kindsIn({ ...forged, proofs: [], keys: whole.keys })).toEqual(['forged_checkpoint']);
    const asOurs = { ...forged, checkpoints: forged.checkpoints.map((one) => ({ ...one, key_id: key.key_id })) };
    const keys = [{ key_id: key.key_id, pem: stranger.pem }];
    expect(kindsIn({ ...asOurs, proofs: [], keys })).toEqual(['forged_checkpoint']);
  });

  it('[AUD-5] of a rewritten log is found by a checkpoint that was kept, although the key itself signed both', () => {
    const items = someItems(60);
    const rewritten = evidenceOf(items.with(4, { ...items[4]!, summary: 'It never happened' }), sizes, key);
    expect(verifyEvidence(rewritten).findings).toEqual([]);
    expect(kindsIn({ ...rewritten, anchor: whole.checkpoints[1]! })).toEqual(['forged_checkpoint', 'edited']);
  });

  it('[AUD-5] is found when it does not follow from the one before, or when one is missing', () => {
    const { nodes } = grown(whole.lines.map(({ leaf_hash }) => Buffer.from(leaf_hash, 'hex')));
    const other = checkpointsOf(nodes, [8, 20, 41, 60], key);
    expect(kindsIn({ ...whole, proofs: [], checkpoints: other.with(0, whole.checkpoints[0]!) })).toEqual([
      'forged_checkpoint',
    ]);
    expect(kindsIn({ ...whole, proofs: [], checkpoints: whole.checkpoints.toSpliced(1, 1) })).toEqual([
      'missing_checkpoint',
    ]);
    expect(kindsIn({ ...whole, proofs: [], checkpoints: whole.checkpoints.slice(1) })).toEqual(['missing_checkpoint']);
  });
});

describe('a proof', () => {
  it('[AUD-5] that proves nothing is found', () => {
    const forged = '0'.repeat(64);
    for (const [n, proof] of whole.proofs.entries()) {
      const changed = proof.path.length > 0 ? { path: proof.path.with(0, forged) } : { path: [forged] };
      const evidence = { ...whole, proofs: whole.proofs.with(n, { ...proof, ...changed }) };
      expect(kindsIn(evidence)).toEqual(['bad_proof']);
    }
    const unsigned = { ...whole, checkpoints: whole.checkpoints.slice(0, 3), lines: whole.lines.slice(0, 41) };
    expect(kindsIn(unsigned)).toEqual(['bad_proof']);
  });
});
