import type { APIGatewayProxyEvent } from 'aws-lambda';
import { epochSeconds } from './clock.ts';
import { requestRefused } from '../platform/contract.ts';
import { fact, type Route, type Scope } from './contract.ts';
import { Problem, type ProblemCode, problems } from './errors.ts';
import { newIdOf } from './ids.ts';
import { type Actor, type Admission, Presented, TokenProblem } from './principal.ts';
import type { Headers } from './request.ts';
import type { Core } from './runtime.ts';
import type { Trace } from './trace.ts';

/** The caller as presented: an id that it claims, and what the authorizer vouches for. */
export type Claimed = { id: string; presented: Presented };

export type Refusal = {
  code: ProblemCode;
  /** Who acted, as far as that was verified: `anonymous` until the principal is known to be bound to the token. */
  actor: string;
  /** Who the request said that it was. */
  claimed: string;
  domain: string;
  method: string;
  path: string;
  sourceIp?: string | undefined;
};

/**
 * Records a refusal in the ledger. A refusal that cannot be recorded is still a refusal: the caller gets the error of
 * the store instead of the action.
 */
export async function recordRefusal(core: Core, refusal: Refusal, trace: Trace, now: Date): Promise<void> {
  const id = newIdOf('rfs');
  const { code, actor, claimed, domain, method, path, sourceIp } = refusal;
  const [, title] = problems[code];
  const event = fact(requestRefused, {
    principal_id: claimed,
    reason: code,
    method,
    path,
    source_ip: sourceIp,
    concerns: [domain],
  });
  const entry = {
    action_type: 'execution' as const,
    domain,
    subject: `refusal/${id}`,
    sequence: 1,
    summary: `Refused ${method} ${path}: ${title}`,
    details: { decision: 'refused', reasoning: title, outcome: code },
    event,
  };
  await core.commit({ writes: [], entries: [entry] }, { actor, now, trace });
}

const claimable = /^[a-z][a-z0-9_-]{2,63}$/;

/** The request at hand, as far as a refusal of it is recorded. */
export type Arrival = { event: APIGatewayProxyEvent; header: Headers; trace: Trace; now: Date };

/** Authorization of the caller against the route; each refusal is audited before it is told. */
export type Gate = ReturnType<typeof gatekeeper>;

export function gatekeeper(core: Core) {
  /** Before the binding is verified, the name that a request gives itself must not reach anybody's audit trail. */
  const refuse = (code: ProblemCode, claimed: string, domain: string, arrival: Arrival, actor = 'anonymous') =>
    refused(core, { code, actor, claimed, domain }, arrival);
  return {
    /**
     * The caller, if the authorizer vouches for it. A token that does not hold is refused here, so that the caller is
     * told why and the ledger knows; where no authorizer spoke at all, nobody is let in.
     */
    async presented(arrival: Arrival): Promise<Claimed> {
      const context = arrival.event.requestContext?.authorizer ?? {};
      const problem = TokenProblem.safeParse(context).data?.problem;
      if (problem) throw await refuse(problem, 'anonymous', 'enterprise', arrival);
      const presented = Presented.safeParse(context).data;
      if (!presented) throw await refuse('CredentialsMissing', 'anonymous', 'enterprise', arrival);
      const id = arrival.header('orchestra-principal')?.trim() ?? '';
      return { id: claimable.test(id) ? id : 'unnamed', presented };
    },
    async requireScope({ id, presented }: Claimed, scope: Scope, arrival: Arrival): Promise<void> {
      if (presented.expires_at <= epochSeconds(arrival.now))
        throw await refuse('TokenExpired', id, 'enterprise', arrival);
      if (id === 'unnamed') throw await refuse('PrincipalMissing', id, 'enterprise', arrival);
      const granted = presented.scopes.split(' ').some((one) => one === scope || one === `orchestra/${scope}`);
      if (!granted) throw await refuse('ScopeMissing', id, presented.domain ?? 'enterprise', arrival);
    },
    async requireAdmission({ id }: Claimed, { outcome }: Admission, route: Route, arrival: Arrival): Promise<Actor> {
      if (outcome.kind === 'refused') {
        const actor = unbound.has(outcome.code) ? 'anonymous' : id;
        throw await refuse(outcome.code, id, outcome.domain, arrival, actor);
      }
      const { actor } = outcome;
      const invited = route.principals?.includes(actor.kind) ?? true;
      if (!invited) throw await refuse('PrincipalKindRefused', id, actor.domain, arrival, id);
      return actor;
    },
    /** Passes a failure of the operation on; a refusal is recorded first, like those made here. */
    async auditOf(error: unknown, actor: Actor, arrival: Arrival): Promise<never> {
      if (error instanceof Problem && isRefusal(error)) {
        await refuse(error.code, actor.id, actor.domain, arrival, actor.id);
      }
      throw error;
    },
  };
}

/** Conflicts that are refusals too: who presents another request than the approved one must leave a trace. */
const refusedByState: ReadonlySet<ProblemCode> = new Set([
  'ApprovalMismatch',
  'ApprovalStale',
  'DigestMismatch',
  'LimitReached',
  'MandateMissing',
]);

const isRefusal = ({ status, code }: Problem): boolean => status === 403 || refusedByState.has(code);

/** Refusals of a principal that is not the one of the token. */
const unbound: ReadonlySet<ProblemCode> = new Set(['PrincipalUnknown', 'PrincipalNotBound']);

type Refused = Pick<Refusal, 'code' | 'actor' | 'claimed' | 'domain'>;

async function refused(core: Core, who: Refused, { event, trace, now }: Arrival): Promise<Problem> {
  const sourceIp = event.requestContext?.identity?.sourceIp;
  const refusal = { ...who, method: event.httpMethod, path: event.path.slice(0, 512), sourceIp };
  await recordRefusal(core, refusal, trace, now);
  return Problem.titled(who.code);
}
