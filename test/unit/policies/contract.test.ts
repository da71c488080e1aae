import { describe, expect, it } from 'vitest';
import { PolicyLayer, PolicyRequest } from '../../../functions/policies/contract.ts';
import { type Change, GOOD_EVIDENCE, aRequest } from './fixtures.ts';

const accepts = (change: Change) => PolicyRequest.safeParse(aRequest(change)).success;

describe('policy request', () => {
  it('[POL-1] bounds every amount to what Cedar receives as an integer', () => {
    const most = Number.MAX_SAFE_INTEGER;
    for (const field of ['cost_micro_usd', 'tokens', 'api_calls', 'storage_bytes', 'wall_clock_seconds'] as const) {
      expect([most, 0].map((amount) => accepts({ estimate: { [field]: amount } }))).toEqual([true, true]);
      expect([most + 1, -1, 0.5].map((amount) => accepts({ estimate: { [field]: amount } }))).toEqual(
        Array(3).fill(false),
      );
    }
    expect(accepts({ context: { evidence: { ...GOOD_EVIDENCE, reviewers: most } } })).toBe(true);
    expect(accepts({ context: { evidence: { ...GOOD_EVIDENCE, reviewers: most + 1 } } })).toBe(false);
    expect(accepts({ context: { evidence: { ...GOOD_EVIDENCE, coverage_percent: 101 } } })).toBe(false);
  });

  it.each<[string, Change]>([
    ['an agent above its level', { principal: { level: 'board' } }],
    ['an agent without a team', { principal: { team: undefined } }],
    ['an agent without a domain', { principal: { domain: undefined } }],
    ['a domain orchestrator without a domain', { as: 'domain', principal: { domain: undefined } }],
    ['a time without milliseconds', { context: { now: '2026-11-02T10:00:00Z' } }],
    ['an unknown classification', { context: { classification: 'secret' as 'sensitive' } }],
    ['an unknown field', { context: { mood: 'good' } as object }],
  ])('[POL-1] refuses %s', (_, change) => {
    expect(accepts(change)).toBe(false);
    expect(accepts({})).toBe(true);
  });

  it.each(['enterprise', 'domain:platform', 'team:checkout'])('[POL-1] knows the layer %s', (layer) => {
    expect(PolicyLayer.safeParse(layer).success).toBe(true);
  });

  it.each(['', 'domain', 'domain:', 'team:a b', 'agent:one', 'enterprise:x'])(
    '[POL-1] knows no layer "%s"',
    (layer) => {
      expect(PolicyLayer.safeParse(layer).success).toBe(false);
    },
  );
});
