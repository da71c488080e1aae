import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayRead, select } from '../../../functions/audit/model.ts';
import { anActor } from './fixtures.ts';

const kinds = ['agent', 'domain_orchestrator', 'enterprise_orchestrator', 'human'] as const;
const reader = fc.record({
  id: fc.constantFrom('agt_a', 'agt_b', 'someone'),
  kind: fc.constantFrom(...kinds),
  domain: fc.constantFrom('product', 'platform', 'enterprise'),
  roles: fc.subarray(['auditor', 'board_member', 'on_call']),
});
const entry = fc.record({
  agent_id: fc.constantFrom('agt_a', 'agt_b', 'agt_c'),
  domain: fc.constantFrom('product', 'platform', 'enterprise'),
  classification: fc.constantFrom('public' as const, 'internal' as const, 'sensitive' as const),
});

describe('access', () => {
  it('[AUD-6] a sensitive entry is shown to those named for it, and to nobody else', () => {
    fc.assert(
      fc.property(entry, reader, (given, who) => {
        const one = { ...given, classification: 'sensitive' as const };
        const named =
          one.agent_id === who.id ||
          who.kind === 'enterprise_orchestrator' ||
          (who.kind === 'domain_orchestrator' && who.domain === one.domain) ||
          (who.kind === 'human' && (who.roles.includes('auditor') || who.roles.includes('board_member')));
        expect(mayRead(one, who)).toBe(named);
      }),
    );
  });

  it('[AUD-6] agents and domain orchestrators see nothing of another domain but what they did themselves', () => {
    fc.assert(
      fc.property(entry, reader, (one, who) => {
        if (who.kind === 'human' || who.kind === 'enterprise_orchestrator' || who.domain === one.domain) return;
        expect(mayRead(one, who)).toBe(one.agent_id === who.id);
      }),
    );
  });

  it('[AUD-6] what is shown while sensitive is shown when it is less', () => {
    fc.assert(
      fc.property(entry, reader, (one, who) => {
        const [strict, asItIs] = [mayRead({ ...one, classification: 'sensitive' }, who), mayRead(one, who)];
        expect(asItIs || !strict).toBe(true);
      }),
    );
  });
});

describe('selectors', () => {
  it('[AUD-6] exactly one is taken', () => {
    const some = fc.record(
      {
        agent: fc.constant('agt_a'),
        domain: fc.constant('product'),
        subject: fc.constant('a/b'),
        task: fc.constant('T'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(some, (asked) => {
        const named = Object.entries(asked);
        const [by, value] = named[0] ?? [];
        const selected = { kind: 'selected', selector: { by, value } };
        const refused = { kind: 'refuse', why: 'SelectorMissing' };
        expect(select(asked, anActor())).toEqual(named.length === 1 ? selected : refused);
      }),
    );
  });

  it.each([
    ['agent', 'OutsideOwnDomain'],
    ['domain_orchestrator', 'OutsideOwnDomain'],
    ['enterprise_orchestrator', undefined],
    ['human', undefined],
  ] as const)('[AUD-6] another domain, asked for by %s: %s', (kind, why) => {
    const selection = select({ domain: 'platform' }, anActor({ kind }));
    expect(selection.kind === 'refuse' ? selection.why : undefined).toBe(why);
  });
});
