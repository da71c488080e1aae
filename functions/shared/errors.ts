/**
 * Every error an API answer can carry: its HTTP status and title. The `type` of the RFC 9457 document is
 * `urn:orchestra:problem:<code>`. A route names the codes that are its own; the ones of `everyRoute` belong to all.
 */
export const problems = {
  // Request form
  MalformedRequest: [400, 'The request is not well formed'],
  InvalidCursor: [400, 'The cursor was not issued for this list, or was altered'],
  IdempotencyKeyMissing: [400, 'A POST needs an Idempotency-Key header'],
  InvalidFields: [422, 'One or more fields are not acceptable'],
  IdempotencyKeyReused: [422, 'The Idempotency-Key was used for another request'],
  RequestInFlight: [409, 'A request that touches the same records is in flight'],
  RouteNotFound: [404, 'There is no such route'],
  MethodNotAllowed: [405, 'The route does not offer this method'],
  PayloadTooLarge: [413, 'The request body is too large'],
  UnsupportedMediaType: [415, 'The content type is not supported here'],
  RateLimited: [429, 'The rate limit of this principal is used up'],
  Overloaded: [503, 'The store asked us to slow down'],
  InternalError: [500, 'The request failed on our side'],
  // Who is asking
  CredentialsMissing: [401, 'The Authorization or the Orchestra-Principal header is missing'],
  TokenMalformed: [401, 'The token is not a signed JWT'],
  TokenAlgorithmRefused: [401, 'The signature algorithm of the token is refused'],
  TokenSignatureInvalid: [401, 'The signature of the token does not verify'],
  TokenExpired: [401, 'The token has expired'],
  TokenNotYetValid: [401, 'The token is not valid yet'],
  TokenIssuerRefused: [401, 'The issuer of the token is not trusted here'],
  TokenAudienceRefused: [401, 'The token was issued for another audience'],
  IssuerUnavailable: [401, 'The keys of the issuer could not be read, so the token could not be verified'],
  AccessDenied: [403, 'The gateway does not accept requests from here'],
  ScopeMissing: [403, 'The token lacks the scope of this route'],
  PrincipalMissing: [403, 'The Orchestra-Principal header is missing'],
  PrincipalUnknown: [403, 'The principal is not in the directory'],
  PrincipalNotBound: [403, 'The principal is not bound to the client of this token'],
  PrincipalPaused: [403, 'The principal is paused'],
  PrincipalContained: [403, 'The principal, its team, its domain or the enterprise is contained'],
  PrincipalRetired: [403, 'The principal, its team or its domain is retired'],
  PrincipalKindRefused: [403, 'This kind of principal may not use the route'],
  OutsideOwnDomain: [403, 'The principal may act in its own domain only'],
  RoleMissing: [403, 'The human has no role that may do this'],
  // State
  NotFound: [404, 'There is no such record'],
  AlreadyExists: [409, 'A record with this id exists'],
  VersionConflict: [409, 'The record changed while the request was being handled'],
  PreconditionRequired: [428, 'The change needs an If-Match header'],
  PreconditionFailed: [412, 'The record has another version than If-Match names'],
  // Directory
  OrganizationInvalid: [422, 'The organization document has faults; nothing was changed'],
  DomainNotProvisioned: [422, 'The domain has no event bus in this deployment'],
  StatusChangeRefused: [409, 'The status cannot change this way'],
  NotThisAgent: [403, 'Only the agent itself may do this'],
  // Authority
  RetentionLowered: [422, 'The retention class may be raised, not lowered'],
  OutcomeAlreadyRecorded: [409, 'The decision has its outcome already'],
  NotTheDecider: [403, 'Only the principal that proposed the decision may do this'],
  NothingWasExecuted: [409, 'The decision was not allowed, so it can have no outcome'],
  MandateMissing: [409, 'The change needs a decision of its own that allows it'],
  // Policies
  InvalidPolicies: [422, 'The policies are not valid; nothing was stored'],
  SimulationMissing: [409, 'The version has no recent simulation against the version in force'],
  AlreadyInForce: [409, 'The policy version is in force already'],
  NothingToRollBack: [409, 'There is no earlier policy version to go back to'],
  MatrixInvalid: [422, 'The matrix has faults; nothing was changed'],
  // Approvals
  DigestMismatch: [409, 'The request digest is not the one that the escalation binds'],
  OwnRequest: [403, 'Nobody approves a request of their own, or of one who acts for them'],
  NotThisLevel: [403, 'The principal does not stand where this escalation is decided'],
  AlreadyVoted: [409, 'This authority has voted already'],
  EscalationClosed: [409, 'The escalation is closed'],
  NotTheRequester: [403, 'Only the principal that requested the decision may do this'],
  NotTheRecipient: [403, 'Only the principal that the message is for may do this'],
  MessageAcknowledged: [409, 'The message was acknowledged already'],
  ApprovalMissing: [409, 'The decision has no approval that could be redeemed'],
  ApprovalExpired: [409, 'The approval has expired'],
  ApprovalMismatch: [409, 'The request presented is not the one that was approved'],
  ApprovalStale: [409, 'The policies or the matrix changed since the request was made'],
  ApprovalOverruled: [403, 'What is in force now forbids what was approved'],
  LimitReached: [409, 'A limit over the principal has nothing left'],
  AlreadyRedeemed: [409, 'The approval was redeemed already'],
  DelegationRefused: [403, 'The delegation does not give this authority'],
  DelegationTooWide: [422, 'A delegation gives no more than its delegator has'],
  DelegationRevoked: [409, 'The delegation was revoked already'],
  BreakGlassRefused: [403, 'This may not be approved by break-glass'],
  BreakGlassNotNeeded: [409, 'A vote of this person is enough'],
  ReviewOpen: [409, 'A review of an earlier break-glass is overdue'],
  ReviewClosed: [409, 'The review is closed already'],
  OwnReview: [403, 'A review is closed by somebody else than the one it is about'],
  // Workload
  TaskBlocked: [409, 'The task waits for a blocking dependency that is not confirmed'],
  TaskNotOpen: [409, 'The task is not in a state that allows this'],
  TaskClaimed: [409, 'Another agent holds the task'],
  AssignedToAnother: [409, 'The task is assigned to another agent'],
  StaleToken: [409, 'The fencing token is not that of the live claim'],
  SkillMissing: [409, 'The agent lacks a skill that the task needs'],
  CapacityReached: [409, 'The agent works on as many tasks as it can'],
  NoCandidate: [409, 'No agent that is free fits the task'],
  OutsideOwnTeam: [403, 'The principal may do this for its own team only'],
  OwnWork: [403, 'Nobody reviews their own work'],
  // Dependencies
  DependencyCycle: [409, 'The dependency would close a cycle'],
  DependencyGraphTooLarge: [422, 'The task waits for more tasks than one check can cover'],
  StepOutOfOrder: [409, 'The step is not the next one of the protocol'],
  NotAParty: [403, 'Only those who are concerned may do this'],
  ReservationRefused: [409, 'The resource is taken in this window'],
  ReservationClosed: [409, 'The reservation is over or was given up'],
  CapacityBooked: [409, 'More than this capacity is reserved already'],
  // Handoffs
  HandoffIncomplete: [422, 'The handoff lacks what it needs'],
  HandoffClosed: [409, 'The handoff is over'],
  WrongPhase: [409, 'The handoff is in another phase'],
  MeetingUnfinished: [409, 'The walk-through is not finished'],
  TaskNotOwned: [409, 'The task does not belong to the handing team'],
  TaskInHandoff: [409, 'The task is part of another handoff'],
  QuestionAnswered: [409, 'The question was answered already'],
  QuestionsOpen: [409, 'Questions are not answered yet'],
  // Conflicts
  PerspectivesMissing: [409, 'A party has not spoken yet, and its time has not run out'],
  AlreadySpoken: [409, 'The party has said this already'],
  ConflictClosed: [409, 'The conflict is closed'],
  OwnConflict: [403, 'Nobody who speaks for a party decides a conflict'],
  // Audit
  SelectorMissing: [400, 'Name exactly one of agent, domain, subject, task or data_subject'],
  HoldReleased: [409, 'The legal hold was released already'],
  NotSealedYet: [409, 'No signed checkpoint covers this yet'],
  ErasureHeld: [409, 'A legal hold covers entries of the data subject'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;

/** Errors that any route may answer, in addition to its own. */
export const everyRoute = [
  'MalformedRequest',
  'InvalidFields',
  'RateLimited',
  'Overloaded',
  'InternalError',
  'ScopeMissing',
  'PrincipalMissing',
  'PrincipalUnknown',
  'PrincipalNotBound',
  'PrincipalPaused',
  'PrincipalContained',
  'PrincipalRetired',
  'PrincipalKindRefused',
  'RequestInFlight',
] as const satisfies readonly ProblemCode[];

/** One fault of the request; `pointer` is an RFC 6901 JSON pointer into it, e.g. `/body/details/reasoning`. */
export type Fault = { pointer: string; detail: string };

/** Members of a problem document beyond those that every one has (RFC 9457, section 3.2). */
export type ProblemMembers = {
  /** When the resource has what was asked for, first; null where it does not in the time that was looked at. */
  next_free?: { from: string; to: string } | null;
};

/** RFC 9457 document as it goes over the wire. */
export type ProblemDocument = {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  instance: string;
  errors?: Fault[];
} & ProblemMembers;

/** An answer other than success that the caller is meant to read. Anything else that is thrown is a 500. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;
  readonly members: ProblemMembers;

  constructor(
    code: ProblemCode,
    detail: string,
    extra: { faults?: Fault[]; headers?: Record<string, string>; members?: ProblemMembers } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.faults = extra.faults ?? [];
    this.headers = extra.headers ?? {};
    this.members = extra.members ?? {};
  }

  /** The problem of a code with nothing to be said beyond its title. */
  static titled(code: ProblemCode): Problem {
    return new Problem(code, `${problems[code][1]}.`);
  }

  get status(): number {
    return problems[this.code][0];
  }

  /** @param instance request id, so that a report can be matched with the logs */
  document(instance: string): ProblemDocument {
    const [status, title] = problems[this.code];
    return {
      type: `urn:orchestra:problem:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      instance,
      ...(this.faults.length > 0 ? { errors: [...this.faults] } : {}),
      ...this.members,
    };
  }
}

/** Names under which AWS asks a caller to slow down. */
export const throttles: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionInProgressException',
]);
