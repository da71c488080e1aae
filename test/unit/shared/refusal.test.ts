import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../functions/shared/commit.ts';
import { Problem, type ProblemCode } from '../../../functions/shared/errors.ts';
import type { Actor } from '../../../functions/shared/principal.ts';
import { type Arrival, gatekeeper } from '../../../functions/shared/refusal.ts';
import type { Core } from '../../../functions/shared/runtime.ts';
import { actor } from '../approvals/fixtures.ts';

const arrival = {
  event: { httpMethod: 'POST', path: '/v1/escalations/esc_1/votes' } as APIGatewayProxyEvent,
  header: () => undefined,
  trace: {},
  now: new Date('2026-11-01T09:00:00.000Z'),
} as unknown as Arrival;

/** What is recorded when an operation fails with a problem, which goes through in any case. */
async function recorded(code: ProblemCode, who: Actor): Promise<Change[]> {
  const changes: Change[] = [];
  const commit: Core['commit'] = async (change) => {
    changes.push(change);
    return [];
  };
  const gate = gatekeeper({ commit } as Core);
  await expect(gate.auditOf(new Problem(code, 'd'), who, arrival)).rejects.toMatchObject({ code });
  return changes;
}

describe('a failure of an operation', () => {
  const codes = [
    'OwnRequest',
    'ApprovalMismatch',
    'ApprovalStale',
    'DigestMismatch',
    'LimitReached',
    'MandateMissing',
  ] as const;
  it.each(codes)('[GWY-2] that refuses leaves an entry: %s', async (code) => {
    const [change] = await recorded(code, actor('agt_a', 'agent'));
    expect(change?.entries).toMatchObject([{ details: { decision: 'refused', outcome: code }, domain: 'product' }]);
  });

  it.each(['NotFound', 'VersionConflict', 'AlreadyVoted'] as const)(
    'that refuses nothing leaves none: %s',
    async (code) => {
      expect(await recorded(code, actor('agt_a', 'agent'))).toEqual([]);
    },
  );
});
