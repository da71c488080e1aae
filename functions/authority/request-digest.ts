import { digestOf } from '../shared/digest.ts';
import type { Actor } from '../shared/principal.ts';
import type { DecisionProposal } from './contract.ts';
import { actionOf, targetDomain } from './model.ts';

/** What an approval binds: who asks to do what to which target, with which arguments, in every word, under which policies. */
export const requestDigest = (
  proposal: DecisionProposal,
  actor: Pick<Actor, 'id' | 'domain'>,
  policyVersion: number,
): string =>
  `sha256:${digestOf({
    agent: actor.id,
    action: actionOf(proposal),
    target: { ...proposal.resource, domain: targetDomain(proposal, actor) },
    tool: proposal.tool?.name ?? null,
    arguments_digest: proposal.tool?.arguments_digest ?? null,
    proposal,
    policy_version: policyVersion,
  })}`;
