import type { Classification } from '../shared/contract.ts';
import { type EntryItem, entryOf, expiryOf } from '../shared/ledger.ts';

/** OCSF version, category and class that entries are exported as: Application Activity, API Activity. */
const version = '1.8.0';
const category = { category_uid: 6, category_name: 'Application Activity' } as const;
const apiActivity = { class_uid: 6003, class_name: 'API Activity' } as const;

type Activity = { activity_id: 1 | 3 | 99; activity_name: string };
type Severity = { severity_id: 1 | 2 | 3; severity: string };
type Status = { status_id: 1 | 2; status: string };

/** One entry as an OCSF event; JSON of it is one line of the export. */
export type OcsfEvent = ReturnType<typeof toOcsf>;

/**
 * Maps an entry to OCSF 1.8 API Activity. What OCSF has no attribute for is under `unmapped`, so that nothing is lost;
 * times are milliseconds since the epoch.
 */
export function toOcsf(item: EntryItem) {
  const { id, timestamp, agent_id, domain, subject, summary, sequence, trace_id, ...unmapped } = entryOf(item);
  const activity = activityOf(item);
  const at = Date.parse(timestamp);
  return {
    ...category,
    ...apiActivity,
    ...activity,
    type_uid: apiActivity.class_uid * 100 + activity.activity_id,
    type_name: `${apiActivity.class_name}: ${activity.activity_name}`,
    ...severityOf(item),
    ...statusOf(item),
    time: at,
    message: summary,
    metadata: {
      version,
      product: { name: 'Enterprise Orchestra', vendor_name: 'Enterprise Orchestra', feature: { name: 'audit' } },
      profiles: ['trace'],
      uid: id,
      sequence,
      correlation_uid: trace_id,
      event_code: item.event.type,
      log_name: 'ledger',
      original_time: timestamp,
      logged_time: at,
      labels: labelsOf(item),
    },
    actor: { user: { uid: agent_id, name: agent_id, domain, ...userType(agent_id) } },
    api: { operation: item.event.type, service: { name: `orchestra/${item.event.type.split('.')[1] ?? 'unknown'}` } },
    src_endpoint: sourceOf(item),
    resources: [{ uid: subject, type: subject.split('/')[0] ?? subject }],
    trace: { uid: trace_id },
    unmapped: { ...unmapped, expires: expiryOf(new Date(timestamp), item.retention) * 1_000 },
  };
}

const isRefusal = ({ event }: EntryItem): boolean => /\.(refused|denied|rejected)\.v\d+$/.test(event.type);

/** The first entry of a subject creates it, the later ones change it; a refusal did neither. */
function activityOf(item: EntryItem): Activity {
  if (isRefusal(item)) return { activity_id: 99, activity_name: 'Refuse' };
  return item.sequence === 1
    ? { activity_id: 1, activity_name: 'Create' }
    : { activity_id: 3, activity_name: 'Update' };
}

function severityOf(item: EntryItem): Severity {
  if (isRefusal(item)) return { severity_id: 3, severity: 'Medium' };
  return item.action_type === 'escalation'
    ? { severity_id: 2, severity: 'Low' }
    : { severity_id: 1, severity: 'Informational' };
}

function statusOf(item: EntryItem): Status & { status_detail?: string } {
  const detail = item.details.outcome === '' ? {} : { status_detail: item.details.outcome };
  return isRefusal(item)
    ? { status_id: 2, status: 'Failure', ...detail }
    : { status_id: 1, status: 'Success', ...detail };
}

/** An entry does not say whether an agent or a human acted; what the control plane did by itself shows in the id. */
const userType = (agent: string) =>
  agent.startsWith('orchestra_') ? { type_id: 3, type: 'System' } : { type_id: 0, type: 'Unknown' };

/** The address where it is known, which is for refused requests; otherwise the runtime goes by the name of its agent. */
function sourceOf({ event, agent_id }: EntryItem): { ip: string } | { svc_name: string } {
  const ip = event.data.source_ip;
  return typeof ip === 'string' ? { ip } : { svc_name: agent_id };
}

const labelsOf = ({
  classification,
  action_type,
}: {
  classification: Classification;
  action_type: string;
}): string[] => [`classification:${classification}`, `action_type:${action_type}`];
