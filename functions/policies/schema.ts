/** The one organisation that an installation governs; every domain is `in` it. */
export const ENTERPRISE_ID = 'enterprise';

/**
 * The published Cedar schema: what a policy may speak about. Money in micro-dollars, storage in bytes, time in seconds,
 * `level` as in `AuthorityLevel`, `classification` as in `Classification`.
 *
 * A TypeScript constant, because Node runs these sources as they are and cannot import a text file.
 */
export const POLICY_SCHEMA = `
namespace Orchestra {
  type Estimate = {
    cost_micro_usd: Long,
    tokens: Long,
    api_calls: Long,
    storage_bytes: Long,
    wall_clock_seconds: Long,
  };

  type Evidence = {
    reviewers: Long,
    tests_passed: Bool,
    coverage_percent: Long,
    docs_updated: Bool,
    security_scan_passed: Bool,
    incident_reported?: Bool,
  };

  type Communication = {
    audience: String,
    channel: String,
    contains_personal_data: Bool,
    approved_template?: Bool,
  };

  type Circumstances = {
    decision_type: String,
    classification: String,
    now: datetime,
    tool?: String,
    arguments_digest?: String,
    estimate: Estimate,
    evidence?: Evidence,
    communication?: Communication,
  };

  entity Enterprise;
  entity Domain in [Enterprise];
  entity Team in [Domain];

  entity Agent in [Team] { level: String, roles: Set<String>, approved_tools: Set<String> };
  entity Orchestrator in [Domain, Enterprise] { level: String, roles: Set<String> };
  entity Human in [Enterprise] { level: String, roles: Set<String> };

  entity Target in [Domain] { kind: String, classification: String, domain: Domain };

  action decide, call_tool, communicate, access_data, change_system, spend appliesTo {
    principal: [Agent, Orchestrator, Human],
    resource: [Target],
    context: Circumstances,
  };
}
`;
