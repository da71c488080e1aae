/** What a sweeper counts when it does what a workflow has not done in its time, and what of. */
export const rescues: Readonly<Record<string, { service: string; of: string; runbook: string }>> = {
  EscalationsRescued: { service: 'approvals-sweeper', of: 'an escalation', runbook: 'escalation-stuck' },
  ConflictsRescued: { service: 'conflicts-sweeper', of: 'a conflict', runbook: 'conflict-unresolved' },
};
