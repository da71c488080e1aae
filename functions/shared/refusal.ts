import type { APIGatewayProxyEvent } from 'aws-lambda';
import { epochSeconds } from './clock.ts';
import { requestRefused } from '../platform/contract.ts';
import { fact, type Route, type Scope } from './contract.ts';
import { Problem, type ProblemCode, problems } from './errors.ts';
import { newIdOf } from './ids.ts';
import { type Actor, type Admission, Presented } from './principal.ts';
import type { Headers } from './request.ts';
import type { Core } from './runtime.ts';
import type { Trace } from './trace.ts';

/** The caller as presented: an id that it claims, and what the authorizer vouches for. */
export type Claimed = { id: string; presented: Presented };

export type Refusal = {
  code: ProblemCode;
  principal: string;
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
  const { code, principal, domain, method, path, sourceIp } = refusal;
  const [, title] = problems[code];
  const event = fact(requestRefused, {
    principal_id: principal,
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
  await core.commit({ writes: [], entries: [entry] }, { actor: principal, now, trace });
}

const claimable = /^[a-z][a-z0-9_-]{2,63}$/;

/** Authorization of the caller against the route; each refusal is audited before it is told. */
export function gatekeeper(core: Core) {
  const refuse = async (
    code: ProblemCode,
    who: Claimed,
    domain: string,
    event: APIGatewayProxyEvent,
    trace: Trace,
    now: Date,
  ) => {
    const path = event.path.slice(0, 512);
    const sourceIp = event.requestContext?.identity?.sourceIp;
    const refusal = { code, principal: who.id, domain, method: event.httpMethod, path, sourceIp };
    await recordRefusal(core, refusal, trace, now);
    return new Problem(code, problems[code][1] + '.');
  };
  return {
    /** @throws Problem `TokenMissing` when no authorizer spoke for the request: deny by default */
    presented(event: APIGatewayProxyEvent, header: Headers): Claimed {
      const parsed = Presented.safeParse(event.requestContext?.authorizer ?? {});
      if (!parsed.success) throw new Problem('TokenMissing', 'The request carries no verified token.');
      const id = header('orchestra-principal')?.trim() ?? '';
      return { id: claimable.test(id) ? id : 'unnamed', presented: parsed.data };
    },
    async requireScope(
      who: Claimed,
      scope: Scope,
      event: APIGatewayProxyEvent,
      trace: Trace,
      now: Date,
    ): Promise<void> {
      if (who.presented.expires_at <= epochSeconds(now)) {
        throw await refuse('TokenExpired', who, 'enterprise', event, trace, now);
      }
      if (who.id === 'unnamed') throw await refuse('PrincipalMissing', who, 'enterprise', event, trace, now);
      const granted = who.presented.scopes.split(' ').some((one) => one === scope || one === `orchestra/${scope}`);
      if (!granted) throw await refuse('ScopeMissing', who, who.presented.domain ?? 'enterprise', event, trace, now);
    },
    async requireAdmission(
      who: Claimed,
      { outcome }: Admission,
      route: Route,
      event: APIGatewayProxyEvent,
      trace: Trace,
      now: Date,
    ): Promise<Actor> {
      if (outcome.kind === 'refused') throw await refuse(outcome.code, who, outcome.domain, event, trace, now);
      const { actor } = outcome;
      if (route.principals && !route.principals.includes(actor.kind)) {
        throw await refuse('PrincipalKindRefused', who, actor.domain, event, trace, now);
      }
      return actor;
    },
  };
}
