import { globSync, readFileSync } from 'node:fs';

/** Behaviours that the product answers for so far; each needs a test, or the document cannot be generated. */
export const behaviours: Readonly<Record<string, string>> = {
  'DIR-1': 'Enterprise, domains, teams, agents and orchestrators, with their attributes',
  'DIR-2': 'An organization is imported from one document, idempotently, or not at all',
  'DIR-3': 'Agents, teams and domains are listed, created and changed; lists are filtered and paged',
  'DIR-4': 'Heartbeats carry load and status; an agent that is silent for three intervals is unreachable, told once',
  'AUT-1': 'The authority matrix is data, with its defaults',
  'AUT-2': 'A proposal gets its verdict at once, with what decided it',
  'AUT-3': 'Must-escalate types land at the next level; can-decide types are allowed',
  'AUT-4': 'Outcomes are recorded, and missed once they are overdue',
  'AUT-5': 'An allowed decision carries a signed receipt that verifies offline',
  'AUT-6': 'The matrix and the policies change only by a decision of their own, of two distinct people',
  'APR-1': 'An escalation tells its level, reminds it, moves up, and times out at the top',
  'APR-2': 'An approval binds the very request, and is redeemed once',
  'APR-3': 'Nobody approves a request of their own; quorum, delegation and break-glass have their bounds',
  'APR-4': 'Every end of an escalation reaches its requester once, as an event and in its inbox',
  'POL-1': 'Strictly validated Cedar policies of four kinds, with a starter pack',
  'POL-2': 'Whatever cannot be evaluated is denied, and recorded',
  'POL-3': 'Forbid wins, and no lower layer overrides the enterprise',
  'LIM-1': 'Quotas per enterprise, domain, team and agent, by calendar window; what has no limit is refused',
  'LIM-2': 'A decision reserves in its own transaction, and settles with its outcome; what nobody settles goes back',
  'LIM-3': 'Warned at 80 %, stopped at 100 %; raising takes a decision, lowering binds at once',
  'CNF-1':
    'Conflicts are raised by hand, or detected: colliding reservations, two owners of one scope, contradicting decisions',
  'CNF-2': 'Perspectives, interests and options come in this order; what stays unresolved is escalated by the matrix',
  'CNF-3': 'A conflict ends with its resolution, as an audit entry and a knowledge item, and never without',
  'POL-4': 'Immutable versions, activated only when simulated and mandated; rollback in one call',
  'POL-5': 'Enforcement is left by two people, for a time, and comes back by itself',
  'POL-6': 'A dry run says which clause decided, and the smallest change that flips the verdict',
  'WRK-1': 'Tasks with their states, each step one version and one entry',
  'WRK-2':
    'The best fit is found by index, ranked the same every time, and explained; outside its domain by a decision only',
  'WRK-3': 'Of any number of claims at once one wins, and a stale fencing token is refused',
  'WRK-4': 'A claim lives as long as its heartbeats; no task that is over holds a lock; reassign and release converge',
  'WRK-5': 'Too much to do is spread; who stopped gives its work back',
  'WRK-6':
    'Demand by domain and skill, forecast with its error; bottlenecks, and scaling actions with a reason in numbers',
  'WRK-7': 'What create, assign, claim, heartbeat and completion ask of DynamoDB does not grow with agents and tasks',
  'HND-1': 'A handoff goes through its phases: prepare, meeting, transferred, support, closed',
  'HND-2': 'The package has five parts; what is missing of it, and unmet prerequisites, are named',
  'HND-3': 'Ownership of all tasks moves at once, and only on acceptance; refusal and silence escalate',
  'HND-4': 'Questions in the support window are routed and timed; each handoff reports its delay',
  'DEP-1': 'Dependencies are blocking, informational or on a resource, and follow one protocol in order',
  'DEP-2': 'A cycle of blocking dependencies is refused by name; what waits cannot be claimed',
  'DEP-3':
    'An ETA that slips, or a task that is begun too late, is told to both sides before the deadline, once per change',
  'DEP-4': 'Resources are reserved by time and amount, never beyond capacity; a refusal says when it is free',
  'AUD-1': 'The shape of an entry',
  'AUD-2': 'No change without its entry, no entry without its change',
  'AUD-3': 'Three retention classes, raised but never lowered; legal hold',
  'AUD-4': 'Every entry is archived when written, and reconciled daily',
  'AUD-5': 'Every entry is sealed into a signed Merkle tree; an offline verifier finds what was tampered with',
  'AUD-6': 'Queries and exports, at a cost that does not grow with the log',
  'AUD-7':
    'Personal texts are sealed under a key per data subject; destroying it erases them, and every proof still verifies',
  'EVT-1': 'One bus per domain and one for the enterprise; CloudEvents',
  'EVT-2': 'What was recorded is published, at least once, in order per subject',
  'EVT-3': 'Each event type has a JSON Schema, a place in AsyncAPI and a frozen fixture',
  'EVT-4': 'Archive and replay on every bus',
  'GWY-1': 'Authentication, authorization per route, rate limit, caching, access logs',
  'GWY-2': 'Each refusal has its own problem type, and is audited; containment acts at once',
  'GWY-3': 'IP allow list, TLS 1.2 or later, encryption at rest',
  'GWY-4': 'Problem details, idempotency, ETags, rate headers, sealed cursors, trace context',
  'GWY-5': 'OpenAPI 3.1 from the schemas that validate',
  'OPS-1': 'One command starts everything, one passes the tests',
  'OPS-2': 'Deployable from a context file; least privilege, proven; nag clean',
  'OPS-3': 'Logs, metrics, traces, a dead-letter path and alarms for every function',
};

type Proof = { file: string; title: string };

/** Tests by the behaviour ids in their titles: `it('[AUD-2] ...')`. */
function proofs(): Map<string, Proof[]> {
  const found = new Map<string, Proof[]>();
  for (const file of globSync('test/**/*.test.ts').toSorted()) {
    const titles = readFileSync(file, 'utf8').matchAll(
      /\b(?:it|test)(?:\.\w+)*(?:\([^'"`]*\))?\(\s*(['"`])((?:\[[A-Z]+-\d+\] ?)+)(.*?)\1/gs,
    );
    for (const [, , ids = '', title = ''] of titles) {
      for (const [, id = ''] of ids.matchAll(/\[([A-Z]+-\d+)\]/g)) {
        found.set(id, [...(found.get(id) ?? []), { file, title: title.trim() }]);
      }
    }
  }
  return found;
}

/**
 * The document of behaviours and their tests.
 * @throws Error naming each behaviour without a test, and each test of an unknown behaviour
 */
export function behavioursDocument(): string {
  const found = proofs();
  const unproved = Object.keys(behaviours).filter((id) => !found.has(id));
  if (unproved.length > 0) throw new Error(`behaviours without a test: ${unproved.join(', ')}`);
  const unknown = [...found.keys()].filter((id) => !(id in behaviours));
  if (unknown.length > 0) throw new Error(`tests of behaviours that are not listed: ${unknown.join(', ')}`);
  const sections = Object.entries(behaviours).map(([id, meaning]) => {
    const tests = (found.get(id) ?? []).map(({ file, title }) => `- ${title} (\`${file}\`)`);
    return [`## ${id}`, '', `${meaning}.`, '', ...tests].join('\n');
  });
  const head =
    '# Behaviours and the tests that prove them\n\nGenerated from the titles of the tests (`npm run generate`).';
  return [head, ...sections, ''].join('\n\n').replace(/\n+$/, '\n');
}
