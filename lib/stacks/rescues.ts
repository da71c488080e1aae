/** Sweepers that find clocks which stopped: what each counts, of what, and the runbook of that. */
export const rescues = [
  { service: 'approvals-sweeper', metric: 'EscalationsRescued', of: 'an escalation', runbook: 'escalation-stuck' },
  { service: 'handoffs-sweeper', metric: 'HandoffsRescued', of: 'a handoff', runbook: 'handoff-stuck' },
] as const;
