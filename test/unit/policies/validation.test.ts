import { describe, expect, it } from 'vitest';
import type { PolicyLayer } from '../../../functions/policies/contract.ts';
import { validatePolicySet } from '../../../functions/policies/validation.ts';
import { aPolicy } from './fixtures.ts';

const faultsOf = (body: string, layer?: PolicyLayer) => validatePolicySet([aPolicy('subject', body, layer)]).faults;

describe('validation report', () => {
  it('[POL-1] accepts a policy that uses everything the schema offers', () => {
    const body = `permit(principal is Orchestra::Agent in Orchestra::Team::"checkout", action, resource is Orchestra::Target)
      when { principal.approved_tools.containsAny(["a"]) && resource.domain in Orchestra::Enterprise::"enterprise" }
      when { context.now < datetime("2027-01-01") && context.estimate.storage_bytes < 9007199254740991 }
      unless { context has evidence.incident_reported && context.evidence.incident_reported }
      unless { context has communication && context.communication.channel like "press*" };`;
    expect(faultsOf(body)).toEqual([]);
    expect(faultsOf(body, 'team:checkout')).toEqual([]);
  });

  it('[POL-1] places a fault by line and column in characters, not bytes', () => {
    const body = 'forbid(principal, action, resource)\nwhen { principal.level == "née" && context.colour == "é" };';
    expect(faultsOf(body)).toEqual([
      { policy_id: 'subject', message: expect.stringContaining('attribute `colour`'), line: 3, column: 36 },
    ]);
  });

  it('[POL-1] places a syntax fault', () => {
    expect(faultsOf('permit(principal, action, resource)\n  when { 1 + };')).toEqual([
      { policy_id: 'subject', message: expect.stringContaining('unexpected token `}`'), line: 3, column: 14 },
    ]);
  });

  it.each([
    ['an unknown action', 'permit(principal, action == Orchestra::Action::"fly", resource);', 'unrecognized action'],
    ['an unknown type', 'permit(principal is Orchestra::Robot, action, resource);', 'Robot'],
    [
      'an optional field read unchecked',
      'permit(principal, action, resource) when { context.tool == "a" };',
      'optional',
    ],
    [
      'a comparison of unlike types',
      'permit(principal, action, resource) when { principal.level == 3 };',
      'not compatible',
    ],
    ['a policy that can never apply', 'forbid(principal, action, resource) when { false };', 'impossible'],
    [
      'letters that look like others',
      'forbid(principal, action, resource) when { context.classification == "say_һello" };',
      'mixed scripts',
    ],
    ['a template', 'permit(principal == ?principal, action, resource);', 'template'],
    [
      'a number beyond Cedar',
      'forbid(principal, action, resource) when { context.estimate.tokens > 9223372036854775808 };',
      'too large',
    ],
  ])('[POL-1] refuses %s', (_, body, message) => {
    const faults = faultsOf(body);
    expect(faults.map((fault) => fault.message).join()).toContain(message);
    expect(faults.every(({ policy_id, line, column }) => policy_id === 'subject' && line && column)).toBe(true);
  });

  it('[POL-1] refuses a test for an attribute that nothing has, which Cedar takes for false', () => {
    const body = 'permit(principal, action, resource)\nunless { context has evidnce && principal.level == "agent" };';
    expect(faultsOf(body)).toEqual([
      { policy_id: 'subject', message: expect.stringContaining('`has evidnce`'), line: 3, column: 22 },
    ]);
    expect(faultsOf(body.replace('evidnce', 'evidence'))).toEqual([]);
  });

  it.each(['id', 'title', 'advice', 'kind'])('[POL-1] refuses a policy without @%s', (name) => {
    const sound = aPolicy('subject', 'permit(principal, action, resource);');
    const text = sound.text.replace(new RegExp(`@${name}\\("[^"]*"\\) `), '');
    const report = validatePolicySet([{ ...sound, text }]);
    expect(report).toEqual({
      valid: false,
      faults: [{ policy_id: 'subject', message: `@${name} is missing or empty`, line: 1, column: 1 }],
    });
  });

  it.each([
    ['a misspelt annotation', '@verdit("escalate")', 'forbid', '@verdit is not an annotation'],
    ['another verdict', '@verdict("allow")', 'forbid', '@verdict("escalate") on a forbid'],
    ['a verdict on a permit', '@verdict("escalate")', 'permit', '@verdict("escalate") on a forbid'],
    ['cover of another kind', '@covers("resource_limit/cost")', 'forbid', '@covers begins with'],
  ])('[POL-1] refuses %s', (_, note, effect, message) => {
    const policy = aPolicy('subject', `${effect}(principal, action, resource);`, 'enterprise', note);
    const { text } = policy;
    expect(validatePolicySet([policy]).faults).toEqual([
      { policy_id: 'subject', message: expect.stringContaining(message), line: 1, column: text.indexOf(note) + 1 },
    ]);
  });

  it('[POL-1] refuses a document that shows another title or kind than its policy has', () => {
    const sound = aPolicy('subject', 'permit(principal, action, resource);');
    const report = validatePolicySet([{ ...sound, title: 'Harmless', kind: 'resource_limit' }]);
    expect(report.faults.map(({ message }) => message)).toEqual([
      "the document's title differs from @title",
      "the document's kind differs from @kind",
    ]);
  });

  it('[POL-1] lists every fault of every policy, in order', () => {
    const report = validatePolicySet([
      aPolicy('sound', 'permit(principal, action, resource);'),
      aPolicy('broken', 'permit(principal, action'),
      aPolicy('wrong', 'permit(principal, action, resource) when { context.a && context.b };'),
      aPolicy('sound', 'forbid(principal, action, resource);'),
    ]);
    expect(report.valid).toBe(false);
    expect(report.faults.map(({ policy_id }) => policy_id)).toEqual(['sound', 'broken', 'wrong', 'wrong']);
  });

  it('[POL-2] refuses an empty set', () => {
    expect(validatePolicySet([])).toEqual({ valid: false, faults: [{ message: 'the set holds no policy' }] });
  });
});

describe('layers', () => {
  const own = 'principal in Orchestra::Domain::"platform"';

  it.each<[PolicyLayer, string]>([
    ['domain:platform', own],
    ['domain:platform', 'principal is Orchestra::Agent in Orchestra::Domain::"platform"'],
    ['team:checkout', 'principal in Orchestra::Team::"checkout"'],
    ['enterprise', 'principal'],
  ])('[POL-3] lets %s speak about `%s`', (layer, scope) => {
    expect(faultsOf(`permit(${scope}, action, resource);`, layer)).toEqual([]);
  });

  it.each<[PolicyLayer, string]>([
    ['domain:platform', 'principal'],
    ['domain:platform', 'principal is Orchestra::Agent'],
    ['domain:platform', 'principal in Orchestra::Domain::"product"'],
    ['domain:platform', 'principal in Orchestra::Team::"platform"'],
    ['domain:platform', 'principal in Orchestra::Enterprise::"enterprise"'],
    ['domain:platform', 'principal == Orchestra::Agent::"platform"'],
    ['team:checkout', own],
    ['team:checkout', 'principal in Orchestra::Team::"payments"'],
  ])('[POL-3] does not let %s speak about `%s`', (layer, scope) => {
    for (const effect of ['permit', 'forbid']) {
      const [fault] = faultsOf(`${effect}(${scope}, action, resource) when { ${own} };`, layer);
      expect(fault).toMatchObject({ policy_id: 'subject', line: 2, column: 8 });
      expect(fault?.message).toContain(`layer ${layer} needs the scope`);
    }
  });
});
