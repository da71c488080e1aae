import type { ApiClient } from './client.ts';

type Decision = {
  id: string;
  verdict: string;
  reasons: { source: string; detail: string }[];
  matrix: { row: string | null };
  policies: { version: number; determining: string[] };
  escalation_id: string | null;
  entry_id: string;
  receipt: string | null;
};
type Entry = {
  id: string;
  timestamp: string;
  sequence: number;
  action_type: string;
  subject: string;
  details: { outcome: string };
};

/** One decision of the tour: who proposes what, and what the verdict is to be. */
export type TourStop = {
  title: string;
  runtime: string;
  principal: string;
  expected: string;
  proposal: Record<string, unknown>;
};

const details = {
  context: 'Checkout times out for one customer in two hundred.',
  options_considered: ['Raise the connection pool', 'Put a cache before the price service'],
  decision: 'Raise the connection pool from 20 to 40.',
  reasoning: 'It can be undone in a minute and touches one service.',
};
const resource = { type: 'service', id: 'checkout-api' };
const agent = { runtime: 'product-runtime', principal: 'agt_checkout_1' };

/** One allowed, one escalated, one denied. */
export const decisions: readonly TourStop[] = [
  {
    ...agent,
    title: 'An agent decides an implementation detail',
    expected: 'allowed',
    proposal: { type: 'implementation_detail', summary: 'Raise the connection pool', details, resource },
  },
  {
    ...agent,
    title: 'An agent wants to change the scope of its work',
    expected: 'escalated',
    proposal: {
      type: 'scope_change',
      summary: 'Take the price service into this change',
      details: { ...details, decision: 'Change the price service too.', reasoning: 'The cause may lie there.' },
      resource,
      related_tasks: ['TASK-1042'],
    },
  },
  {
    ...agent,
    title: 'An agent wants to publish personal data',
    expected: 'denied',
    proposal: {
      type: 'tactical_approach',
      summary: 'Post the affected orders with their customers',
      details: { ...details, decision: 'Publish the list of orders.', reasoning: 'Customers ask about it.' },
      resource,
      action: 'communicate',
      communication: { audience: 'public', channel: 'status-page', contains_personal_data: true },
    },
  },
];

export type Shown = { stop: TourStop; decision: Decision; text: string };

/**
 * Proposes a decision and reads the audit entry that recorded it.
 * @throws Error when the verdict is another than the tour says: what is shown has to be true
 */
export async function show(client: ApiClient, stop: TourStop): Promise<Shown> {
  const reply = await client.call('POST', '/decisions', stop, stop.proposal);
  const decision = reply.body as Decision;
  if (reply.status !== 201 || decision.verdict !== stop.expected) {
    throw new Error(`${stop.title}: ${String(reply.status)} ${JSON.stringify(reply.body)}`);
  }
  const audited = await client.call('GET', `/audit/entries/${decision.entry_id}`, stop);
  if (audited.status !== 200)
    throw new Error(`the entry ${decision.entry_id} is not there: ${JSON.stringify(audited.body)}`);
  return { stop, decision, text: asText(stop, decision, audited.body as Entry) };
}

function asText(stop: TourStop, decision: Decision, entry: Entry): string {
  const row = (name: string, value: string): string => `    ${name.padEnd(12)}${value}`;
  return [
    `\n  ${stop.title}`,
    row('principal', stop.principal),
    row('verdict', decision.verdict.toUpperCase()),
    row('matrix row', decision.matrix.row ?? 'none'),
    row(
      'policies',
      `version ${String(decision.policies.version)}: ${decision.policies.determining.join(', ') || 'none'}`,
    ),
    ...decision.reasons.map(({ source, detail }) => row(`  ${source}`, detail)),
    ...(decision.escalation_id ? [row('escalation', decision.escalation_id)] : []),
    ...(decision.receipt ? [row('receipt', `${decision.receipt.slice(0, 60)}…`)] : []),
    row('audit entry', `${entry.id}  ${entry.timestamp}`),
    row('', `${entry.action_type}, ${entry.subject}, sequence ${String(entry.sequence)}`),
  ].join('\n');
}
