import * as fc from 'fast-check';
import type { PolicyDocument, PolicyLayer, PolicyRequest } from '../../../functions/policies/contract.ts';
import { PRINCIPALS, aPolicy, aRequest } from './fixtures.ts';

/** What a random policy says, both as Cedar text and as a plain function: the function is the oracle's half. */
interface Condition {
  text: string;
  holds: (request: PolicyRequest) => boolean;
}

export interface Branch {
  layer: PolicyLayer;
  effect: 'permit' | 'forbid';
  escalates: boolean;
  condition: Condition;
}

const TEAMS = { checkout: 'platform', payments: 'platform', search: 'product', growth: 'product' } as const;
const ACTIONS = ['decide', 'spend', 'call_tool'] as const;
const CLASSES = ['public', 'internal', 'sensitive'] as const;
const team = fc.constantFrom(...(Object.keys(TEAMS) as (keyof typeof TEAMS)[]));
const domain = fc.constantFrom('platform', 'product');

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant<Condition>({ text: 'true', holds: () => true }),
  fc.constantFrom(...ACTIONS).map((name): Condition => ({
    text: `action == Orchestra::Action::"${name}"`,
    holds: ({ action }) => action === name,
  })),
  fc.constantFrom(...CLASSES).map((name): Condition => ({
    text: `context.classification == "${name}"`,
    holds: ({ context }) => context.classification === name,
  })),
  fc.nat(4).map((most): Condition => ({
    text: `context.estimate.tokens > ${most}`,
    holds: ({ context }) => context.estimate.tokens > most,
  })),
  fc.constantFrom('grep', 'deploy').map((tool): Condition => ({
    text: `context has tool && context.tool == "${tool}"`,
    holds: ({ context }) => context.tool === tool,
  })),
  fc.constantFrom('operator', 'reader').map((role): Condition => ({
    text: `principal.roles.contains("${role}")`,
    holds: ({ principal }) => principal.roles.includes(role),
  })),
  domain.map((id): Condition => ({
    text: `resource in Orchestra::Domain::"${id}"`,
    holds: ({ target }) => target.domain === id,
  })),
);

const condition = fc.letrec<{ any: Condition }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    leaf,
    tie('any').map(({ text, holds }): Condition => ({ text: `!(${text})`, holds: (request) => !holds(request) })),
    fc.tuple(tie('any'), tie('any')).map(([a, b]): Condition => ({
      text: `(${a.text}) && (${b.text})`,
      holds: (request) => a.holds(request) && b.holds(request),
    })),
    fc.tuple(tie('any'), tie('any')).map(([a, b]): Condition => ({
      text: `(${a.text}) || (${b.text})`,
      holds: (request) => a.holds(request) || b.holds(request),
    })),
  ),
})).any;

export const layer: fc.Arbitrary<PolicyLayer> = fc.oneof(
  fc.constant('enterprise' as const),
  domain.map((id) => `domain:${id}` as const),
  team.map((id) => `team:${id}` as const),
);

export const branch: fc.Arbitrary<Branch> = fc.record({
  layer,
  effect: fc.constantFrom('permit', 'permit', 'forbid'),
  escalates: fc.boolean(),
  condition,
});

export const tree = fc.array(branch, { minLength: 1, maxLength: 9 });

export const request: fc.Arbitrary<PolicyRequest> = fc
  .record({
    as: fc.constantFrom('agent', 'agent', 'agent', 'domain', 'enterprise', 'board'),
    team,
    home: domain,
    action: fc.constantFrom(...ACTIONS),
    target: domain,
    classification: fc.constantFrom(...CLASSES),
    tokens: fc.nat(5),
    tool: fc.constantFrom('grep', 'deploy', undefined),
    roles: fc.subarray(['operator', 'reader']),
  })
  .map(({ as, home, target, tokens, roles, action, classification, tool, ...random }) => {
    const places = { agent: { team: random.team, domain: TEAMS[random.team] }, domain: { domain: home } };
    return aRequest({
      as,
      action,
      principal: { ...PRINCIPALS[as], roles, ...(as === 'agent' || as === 'domain' ? places[as] : {}) },
      target: { domain: target },
      estimate: { tokens },
      context: { classification, ...(tool ? { tool } : {}), estimate: { ...aRequest().context.estimate, tokens } },
    });
  });

const scopeOf = (where: PolicyLayer): string => {
  if (where === 'enterprise') return 'principal';
  const [kind, id] = where.split(':');
  return `principal in Orchestra::${kind === 'team' ? 'Team' : 'Domain'}::"${id}"`;
};

/** The tree as documents `policy-0`, `policy-1`, … */
export const documentsOf = (branches: readonly Branch[]): PolicyDocument[] =>
  branches.map(({ layer: where, effect, escalates, condition: { text } }, i) => {
    const notes = effect === 'forbid' && escalates ? '@verdict("escalate")' : '';
    return aPolicy(`policy-${i}`, `${effect}(${scopeOf(where)}, action, resource) when { ${text} };`, where, notes);
  });

/** Whether a branch speaks about the request: its layer is above the principal, and its condition holds. */
export const bites = ({ layer: where, condition: { holds } }: Branch, asked: PolicyRequest): boolean => {
  const { kind, team: ownTeam, domain: ownDomain } = asked.principal;
  const above = ['enterprise'];
  if (kind === 'agent') above.push(`team:${ownTeam}`, `domain:${ownDomain}`);
  if (kind === 'domain_orchestrator') above.push(`domain:${ownDomain}`);
  return above.includes(where) && holds(asked);
};
