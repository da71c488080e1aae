import { describe, expect, it } from 'vitest';
import { policySetDigest } from '../../../functions/policies/digest.ts';
import { PolicyFileError, parsePolicyFile } from '../../../functions/policies/policy-file.ts';
import { aPolicy, starterPack } from './fixtures.ts';

const labels = (id: string) => `@id("${id}") @title("T; // é") @advice("A") @kind("baseline")`;
const faultsOf = (text: string) => {
  try {
    parsePolicyFile(text, 'enterprise');
    return [];
  } catch (error) {
    if (error instanceof PolicyFileError) return error.faults;
    throw error;
  }
};

describe('policy files', () => {
  it('[POL-1] takes a file apart in its order, with comments and layer', () => {
    const ids = Array.from({ length: 12 }, (_, i) => `policy-${i}`);
    const file = ids.map((id) => `// why ${id}; "so\n${labels(id)}\npermit(principal, action, resource);`).join(' ');
    const documents = parsePolicyFile(`${file}\n// the end;`, 'team:checkout');
    expect(documents.map(({ id }) => id)).toEqual(ids);
    expect(documents[3]).toEqual({
      id: 'policy-3',
      layer: 'team:checkout',
      title: 'T; // é',
      kind: 'baseline',
      text: `// why policy-3; "so\n${labels('policy-3')}\npermit(principal, action, resource);`,
    });
  });

  it('[POL-1] finds no policy in a file of comments', () => {
    expect(parsePolicyFile('// permit(principal, action, resource);\n', 'enterprise')).toEqual([]);
  });

  it('[POL-1] refuses a duplicate id, and places it in the file', () => {
    const twice = `${labels('one')}\npermit(principal, action, resource);\n  ${labels('one')} forbid(principal, action, resource);`;
    expect(faultsOf(twice)).toEqual([{ policy_id: 'one', message: '@id("one") is used twice', line: 3, column: 3 }]);
  });

  it('[POL-1] names every fault of the file, with its place in the file', () => {
    const file = [
      `${labels('one')} permit(principal, action, resource);  @id("two") permit(principal, action, resource);`,
      `${labels('three')} permit(principal, action, 7);`,
      `${labels('four')} permit(principal == ?principal, action, resource);`,
      'permit(',
    ].join('\n');
    const faults = faultsOf(file);
    expect(faults.map(({ line, policy_id }) => [line, policy_id])).toEqual([
      ...[1, 1, 1].map((line) => [line, 'two']),
      ...[2, 3, 4].map((line) => [line, undefined]),
    ]);
    expect(faults[0]?.column).toBe(file.indexOf('@id("two")') + 1);
    expect(faults[3]).toMatchObject({ column: labels('three').length + ' permit(principal, action, '.length + 1 });
  });
});

describe('digest', () => {
  it('[POL-1] is the same whatever the order of policies and of fields', () => {
    const pack = starterPack();
    const turned = pack.toReversed().map((policy) => Object.fromEntries(Object.entries(policy).toReversed()));
    expect(policySetDigest(turned as typeof pack)).toBe(policySetDigest(pack));
  });

  it('[POL-1] is SHA-256 over canonical JSON', () => {
    const policy = aPolicy('one', 'permit(principal, action, resource);');
    expect(policySetDigest([policy])).toBe('1c9bd9cdeadac373545b7e5aeeea8db00c4e91bc55a3b2f8453c1a1d487a7022');
  });

  it.each(['id', 'layer', 'title', 'kind', 'text'])('[POL-1] changes with %s', (field) => {
    const policy = aPolicy('one', 'permit(principal, action, resource);');
    expect(policySetDigest([{ ...policy, [field]: `${policy.id} ` }])).not.toBe(policySetDigest([policy]));
  });
});
