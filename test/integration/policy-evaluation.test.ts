import { beforeAll, expect, it } from 'vitest';
import type { Evaluation } from '../../functions/policies/contract.ts';
import { everyEntry } from '../support/consistency.ts';
import { humanWith } from '../support/organization.ts';
import { versionWith } from '../support/policies.ts';
import { call, importExample } from '../support/world.ts';
import { aRequest, GOOD_EVIDENCE } from '../unit/policies/fixtures.ts';

const reader = humanWith('auditor');

async function tried(request: unknown, version?: number): Promise<Evaluation> {
  const body = { request, ...(version === undefined ? {} : { version }) };
  const { status, body: evaluation, text } = await call('POST', '/policies/evaluations', { as: reader, body });
  expect(status, text).toBe(200);
  return evaluation as Evaluation;
}

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

it('[POL-6] says which policy decided, by which clause, and what would change the verdict', async () => {
  const request = aRequest({
    action: 'change_system',
    principal: { roles: ['operator'] },
    context: { evidence: { ...GOOD_EVIDENCE, tests_passed: false } },
  });
  const { verdict, determining, flips, search, mode } = await tried(request);
  expect(verdict).toMatchObject({ effect: 'deny', determining: ['quality-tests-pass'], enforced: true });
  expect(mode).toBe('enforce');
  expect(determining).toMatchObject([
    {
      policy_id: 'quality-tests-pass',
      title: 'A change passes its tests before it runs',
      clauses: [{ part: 'unless', text: 'context.evidence.tests_passed', holds: false, line: 11, column: 34 }],
    },
  ]);
  expect(flips).toContainEqual({
    changes: [{ pointer: '/context/evidence/tests_passed', from: false, to: true }],
    effect: 'allow',
  });
  expect(search).toMatchObject({ size: 1, exhaustive: true });
});

it('[POL-6] tries any version, changes nothing and records nothing', async () => {
  const version = await versionWith(
    'dry-run',
    'forbid (principal, action, resource) when { context.estimate.tokens > 10 };',
  );
  const before = await everyEntry();
  const { verdict, determining, flips } = await tried(aRequest(), version);
  expect(verdict).toMatchObject({ effect: 'deny', determining: ['dry-run'], version });
  expect(determining[0]?.clauses).toMatchObject([{ part: 'when', text: 'context.estimate.tokens > 10' }]);
  expect(flips).toContainEqual({
    changes: [{ pointer: '/context/estimate/tokens', from: 20_000, to: 10 }],
    effect: 'allow',
  });
  expect((await tried(aRequest())).verdict.effect).toBe('allow');
  expect(await everyEntry()).toHaveLength(before.length);
  expect(
    (await call('POST', '/policies/evaluations', { as: reader, body: { request: aRequest(), version: 999_999 } }))
      .status,
  ).toBe(404);
});
