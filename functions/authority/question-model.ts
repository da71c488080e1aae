import type { PolicyPrincipal, PolicyRequest } from '../policies/contract.ts';
import type { Decision, DecisionProposal } from './contract.ts';

/** The domain whose resource is acted on. */
export const targetDomain = (proposal: DecisionProposal, asker: { domain: string }): string =>
  proposal.resource.domain ?? asker.domain;

/** What is done, where the proposal does not say: a tool is called, or something is decided. */
export const actionOf = ({ action, tool }: DecisionProposal): PolicyRequest['action'] =>
  action ?? (tool ? 'call_tool' : 'decide');

/**
 * The question that a proposal puts to the policies.
 * @param domain of the proposer, `enterprise` for those who belong to none
 * @param at the time of the proposal, as `Date#toISOString` writes it
 */
export function questionOf(
  proposal: DecisionProposal,
  principal: PolicyPrincipal,
  domain: string,
  at: string,
): PolicyRequest {
  const { tool, evidence, communication, classification, resource } = proposal;
  return {
    principal,
    action: actionOf(proposal),
    target: {
      type: resource.type,
      id: resource.id,
      domain: targetDomain(proposal, { domain }),
      classification: resource.classification ?? classification,
    },
    context: {
      decision_type: proposal.type,
      classification,
      now: at,
      ...(tool ? { tool: tool.name, arguments_digest: tool.arguments_digest } : {}),
      estimate: estimated(proposal),
      ...(evidence ? { evidence } : {}),
      ...(communication ? { communication } : {}),
    },
  };
}

/** The question that a recorded decision put to the policies; undefined where its proposer was not kept with it. */
export const recordedQuestion = ({ proposal, principal, domain, proposed_at }: Decision): PolicyRequest | undefined =>
  principal && questionOf(proposal, principal, domain, proposed_at);

const estimated = ({ estimate }: DecisionProposal): PolicyRequest['context']['estimate'] => ({
  cost_micro_usd: estimate?.cost_micro_usd ?? 0,
  tokens: estimate?.tokens ?? 0,
  api_calls: estimate?.api_calls ?? 0,
  storage_bytes: estimate?.storage_bytes ?? 0,
  wall_clock_seconds: estimate?.wall_clock_seconds ?? 0,
});
