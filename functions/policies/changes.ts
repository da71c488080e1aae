import type { Change } from '../shared/commit.ts';
import { type Fact, fact } from '../shared/contract.ts';
import type { Write } from '../shared/dynamo.ts';
import type { EntryDraft } from '../shared/ledger.ts';
import {
  type ActivePolicies,
  enforcementResumed,
  enforcementSuspended,
  policiesActivated,
  policiesRolledBack,
  policiesUploaded,
  type PolicySetVersion,
} from './contract.ts';
import { keys } from './store.ts';

/** Actor of what the slice does by itself. */
export const policiesActor = 'orchestra_policies';

const concerns = ['enterprise'];

/** The change that stores a version. Its number and its digest are each given once, however many ask at a time. */
export function upload(set: PolicySetVersion): Change {
  const { policies, ...label } = set;
  const { version, digest } = set;
  return {
    writes: [
      { kind: 'create', key: keys.label(version), item: label },
      { kind: 'create', key: keys.digest(digest), item: { version } },
      { kind: 'create', key: keys.version(version), item: set },
    ],
    entries: [
      {
        action_type: 'execution',
        domain: 'enterprise',
        subject: `policies/${version}`,
        sequence: 1,
        summary: `Policy version ${version} was stored: ${policies.length} policies`,
        details: { context: set.note, outcome: digest },
        policy_version: version,
        retention: 'compliance',
        event: fact(policiesUploaded, { policy_version: version, digest, policies: policies.length, concerns }),
      },
    ],
  };
}

/** The change of the pointer. `before` is the pointer as it was read. */
function pointed(
  next: ActivePolicies,
  before: ActivePolicies | undefined,
  said: Pick<EntryDraft, 'summary' | 'details'> & { event: Fact },
): Change {
  const write: Write = before
    ? { kind: 'replace', key: keys.active(), item: next, version: before.version }
    : { kind: 'create', key: keys.active(), item: next };
  const entry: EntryDraft = {
    action_type: 'execution',
    domain: 'enterprise',
    subject: 'policies/active',
    sequence: next.version,
    policy_version: next.policy_version,
    retention: 'compliance',
    ...said,
  };
  return { writes: [write], entries: [entry] };
}

/** The record that a decision served as a mandate, so that it does so once. */
export const used = (decision: string, for_: string): Write => ({
  kind: 'create',
  key: keys.mandate(decision),
  item: { decision_id: decision, for: for_ },
});

/** The change that puts a stored version in force. */
export function activation(next: ActivePolicies, before: ActivePolicies | undefined, why: string): Change {
  const { policy_version, digest } = next;
  return pointed(next, before, {
    summary: `Policy version ${policy_version} came into force`,
    details: { reasoning: why, outcome: digest },
    event: fact(policiesActivated, { policy_version, digest, concerns }),
  });
}

export function rollback(next: ActivePolicies, before: ActivePolicies, by: string, reason: string): Change {
  const { policy_version, digest } = next;
  const from_version = before.policy_version;
  return pointed(next, before, {
    summary: `Rolled back from policy version ${from_version} to ${policy_version}`,
    details: { decision: 'rolled back', reasoning: reason, outcome: digest },
    event: fact(policiesRolledBack, { policy_version, digest, from_version, by, reason, concerns }),
  });
}

export function suspension(next: ActivePolicies, before: ActivePolicies, by: string, why: Why): Change {
  const { policy_version, observe_until } = next;
  const until = observe_until ?? '';
  return pointed(next, before, {
    summary: `Policies are observed, not enforced, until ${until}`,
    details: { context: `Decision ${why.decision}.`, decision: 'observe', reasoning: why.reason, outcome: until },
    event: fact(enforcementSuspended, { policy_version, by, reason: why.reason, until, concerns }),
  });
}

type Why = { decision: string; reason: string };

export function resumption(next: ActivePolicies, before: ActivePolicies, by: string, reason: string): Change {
  const { policy_version } = next;
  return pointed(next, before, {
    summary: 'Policies are enforced again',
    details: { decision: 'enforce', reasoning: reason },
    event: fact(enforcementResumed, { policy_version, by, reason, concerns }),
  });
}
