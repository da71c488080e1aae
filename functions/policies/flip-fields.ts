import type { Classification } from '../shared/contract.ts';

/** A field of the context, and what values it takes. */
export type Field = { path: string; optional?: true } & (
  | { kind: 'flag' }
  | { kind: 'amount'; most: number }
  | { kind: 'choice'; of: readonly string[] }
  | { kind: 'text'; rest: string }
  | { kind: 'record'; fields: readonly Field[] }
);

const amount = (path: string): Field => ({ path, kind: 'amount', most: Number.MAX_SAFE_INTEGER });
const flag = (path: string): Field => ({ path, kind: 'flag' });
const classifications: readonly Classification[] = ['public', 'internal', 'sensitive'];

/** Stands for any text that no policy names. */
export const unnamed = 'something_else';

const estimate = ['cost_micro_usd', 'tokens', 'api_calls', 'storage_bytes', 'wall_clock_seconds'];

/** Every field of `PolicyContext`, but the time: nobody can change when they ask. */
export const contextFields: readonly Field[] = [
  {
    path: 'evidence',
    optional: true,
    kind: 'record',
    fields: [
      amount('evidence.reviewers'),
      flag('evidence.tests_passed'),
      { path: 'evidence.coverage_percent', kind: 'amount', most: 100 },
      flag('evidence.docs_updated'),
      flag('evidence.security_scan_passed'),
      { path: 'evidence.incident_reported', kind: 'flag', optional: true },
    ],
  },
  {
    path: 'communication',
    optional: true,
    kind: 'record',
    fields: [
      { path: 'communication.audience', kind: 'choice', of: ['internal', 'partner', 'public'] },
      { path: 'communication.channel', kind: 'text', rest: unnamed },
      flag('communication.contains_personal_data'),
      { path: 'communication.approved_template', kind: 'flag', optional: true },
    ],
  },
  ...estimate.map((name) => amount(`estimate.${name}`)),
  { path: 'tool', kind: 'text', rest: unnamed, optional: true },
  { path: 'classification', kind: 'choice', of: classifications },
  { path: 'decision_type', kind: 'text', rest: unnamed },
  { path: 'arguments_digest', kind: 'text', rest: unnamed, optional: true },
];
