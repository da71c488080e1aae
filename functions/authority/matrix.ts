import { type Level, levels } from '../shared/contract.ts';
import type { Retention } from '../shared/ledger.ts';
import type { Actor } from '../shared/principal.ts';
import type { ApprovalTerms, Matrix, MatrixRow, Reason, Terms, Urgency } from './contract.ts';

/** What the matrix says of a proposal: at whose level it is decided, and what follows for the one who asks. */
export type MatrixFinding = {
  effect: 'allow' | 'escalate' | 'deny';
  row: MatrixRow | undefined;
  decidingLevel: Level | null;
  reason: Reason;
};

type Asker = Pick<Actor, 'kind' | 'level' | 'domain' | 'roles' | 'approved_tools'>;
type Question = { type: string; targetDomain: string; tool: string | undefined };

const rank = (level: Level): number => levels.indexOf(level);
/** The higher one of two levels. */
export const higher = (one: Level, other: Level): Level => (rank(one) < rank(other) ? other : one);
/** The level that decides what a level must escalate; nothing stands above the board. */
export const above = (level: Level): Level => levels[Math.min(rank(level) + 1, levels.length - 1)] ?? 'board';

/**
 * Level that decides a type: the row's own, or the next one where the row says that it must be escalated. What takes
 * people is decided where people stand.
 */
export const decidingLevel = (row: MatrixRow): Level => {
  if (row.people) return 'board';
  return row.rule === 'decides' ? row.level : above(row.level);
};

const hour = 3_600;

/** Terms of an escalation whose row names none. */
const defaultTerms: ApprovalTerms = {
  quorum: 1,
  seconds: { low: 72 * hour, normal: 24 * hour, high: 4 * hour, critical: hour },
};

/**
 * Terms of an escalation of this type. Where it takes people, a proposer who is one counts: the others approve.
 * @param row undefined where a policy escalates what no row names
 */
export function termsOf(row: MatrixRow | undefined, urgency: Urgency, proposer: Pick<Actor, 'kind'>): Terms {
  const { quorum, seconds } = row?.approval ?? defaultTerms;
  const own = proposer.kind === 'human' ? 1 : 0;
  const people = row?.people === undefined ? 0 : row.people - own;
  return {
    quorum: Math.max(quorum, people),
    people_only: row?.people !== undefined,
    seconds: seconds[urgency],
  };
}

/**
 * Applies the authority matrix. A level decides what its rows give it and what lies below it, in its own domain only;
 * anything above its level is escalated to the level that decides it; what takes several approvals is escalated by everybody,
 * whoever stands there; a type without a row is denied by name.
 */
export function consultMatrix(matrix: Matrix | undefined, asker: Asker, question: Question): MatrixFinding {
  const row = matrix?.rows.find((one) => one.type === question.type);
  if (!row)
    return finding('deny', undefined, 'UnregisteredType', `\`${question.type}\` is not a registered decision type.`);
  if (asker.kind === 'human' && !asker.roles.includes('board_member')) {
    return finding('deny', row, 'NoMandate', 'Among humans, board members alone take decisions here.');
  }
  const bound = asker.level === 'agent' || asker.level === 'domain';
  if (bound && question.targetDomain !== asker.domain) {
    return finding(
      'deny',
      row,
      'OutsideOwnDomain',
      `The resource belongs to ${question.targetDomain}, not ${asker.domain}.`,
    );
  }
  if (row.people)
    return finding('escalate', row, 'NeedsPeople', `\`${row.type}\` takes ${row.people} distinct people.`);
  if (rank(asker.level) < rank(decidingLevel(row))) {
    return finding('escalate', row, 'AboveOwnLevel', `\`${row.type}\` is decided at ${decidingLevel(row)} level.`);
  }
  if (row.tools === 'approved' && !(question.tool && asker.approved_tools.includes(question.tool))) {
    const detail = question.tool
      ? `${question.tool} is not on the approved list of the principal.`
      : 'No tool is named.';
    return finding('deny', row, 'ToolNotApproved', detail);
  }
  const quorum = row.approval?.quorum ?? 1;
  if (quorum > 1) {
    const found = finding('escalate', row, 'NeedsQuorum', `\`${row.type}\` takes ${quorum} approvals, at any level.`);
    return { ...found, decidingLevel: higher(decidingLevel(row), asker.level) };
  }
  return finding('allow', row, 'WithinAuthority', `\`${row.type}\` is decided at ${decidingLevel(row)} level.`);
}

function finding(
  effect: MatrixFinding['effect'],
  row: MatrixRow | undefined,
  code: string,
  detail: string,
): MatrixFinding {
  const reason: Reason = { source: 'matrix', code, detail };
  return { effect, row, decidingLevel: row ? decidingLevel(row) : null, reason };
}

type RowSpec = readonly [level: Level, rule: MatrixRow['rule'], type: string, retention: Retention];

const defaults: readonly RowSpec[] = [
  ['agent', 'decides', 'implementation_detail', 'standard'],
  ['agent', 'decides', 'tool_selection', 'standard'],
  ['agent', 'decides', 'tactical_approach', 'standard'],
  ['agent', 'must_escalate', 'scope_change', 'significant'],
  ['agent', 'must_escalate', 'external_communication', 'significant'],
  ['agent', 'must_escalate', 'resource_request', 'significant'],
  ['domain', 'decides', 'task_prioritization', 'standard'],
  ['domain', 'decides', 'team_composition', 'significant'],
  ['domain', 'decides', 'quality_tradeoff', 'significant'],
  ['domain', 'must_escalate', 'budget_allocation', 'significant'],
  ['domain', 'must_escalate', 'cross_domain_conflict', 'significant'],
  ['domain', 'must_escalate', 'policy_exception', 'compliance'],
  ['enterprise', 'decides', 'resource_allocation', 'significant'],
  ['enterprise', 'decides', 'priority_conflict', 'significant'],
  ['enterprise', 'decides', 'policy_enforcement', 'compliance'],
  ['enterprise', 'must_escalate', 'strategic_change', 'compliance'],
  ['enterprise', 'must_escalate', 'compliance_issue', 'compliance'],
  ['enterprise', 'must_escalate', 'major_incident', 'compliance'],
];

/** Changes of what governs: nobody makes one alone. */
export const governance: readonly string[] = ['matrix_change', 'policy_change', 'enforcement_change'];

/** The matrix that a deployment starts with. */
export const defaultRows: readonly MatrixRow[] = [
  ...defaults.map(([level, rule, type, retention]) => ({
    id: `${level}/${rule}/${type}`,
    type,
    level,
    rule,
    retention,
    ...(type === 'tool_selection' ? { tools: 'approved' as const } : {}),
  })),
  ...governance.map((type) => ({
    id: `enterprise/must_escalate/${type}`,
    type,
    level: 'enterprise' as const,
    rule: 'must_escalate' as const,
    retention: 'compliance' as const,
    people: 2,
  })),
];
