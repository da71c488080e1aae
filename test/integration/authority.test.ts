import { createLocalJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { agentOf, enterpriseOrchestrator, humanWith, orchestratorOf } from '../support/organization.ts';
import { aProposal, aToolSelection } from '../support/proposals.ts';
import { call, entriesOf, eventually, importExample, type Reply, world } from '../support/world.ts';

const agent = agentOf('product');
const tool = agent.approved_tools[0] ?? '';
const domainOrchestrator = orchestratorOf('product');
const board = humanWith('board_member');

const propose = (as: string, body: unknown): Promise<Reply> => call('POST', '/decisions', { as, body });

const levels = [
  {
    level: 'agent',
    as: agent.id,
    next: 'domain',
    decides: ['implementation_detail', 'tool_selection', 'tactical_approach'],
    escalates: ['scope_change', 'external_communication', 'resource_request'],
  },
  {
    level: 'domain',
    as: domainOrchestrator,
    next: 'enterprise',
    decides: ['task_prioritization', 'team_composition', 'quality_tradeoff'],
    escalates: ['budget_allocation', 'cross_domain_conflict', 'policy_exception'],
  },
  {
    level: 'enterprise',
    as: enterpriseOrchestrator,
    next: 'board',
    decides: ['resource_allocation', 'priority_conflict', 'policy_enforcement'],
    escalates: ['strategic_change', 'compliance_issue', 'major_incident'],
  },
];

beforeAll(async () => {
  expect(await importExample()).toMatchObject({ status: 200 });
});

describe('the authority matrix', () => {
  it('[AUT-1] is data: nine types that levels decide, nine that they must escalate, three that take two people', async () => {
    const { status, body, headers } = await call('GET', '/matrix', { as: agent.id });
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe('"v1"');
    const rows = body.rows.map(
      (row: { level: string; rule: string; type: string }) => `${row.level} ${row.rule} ${row.type}`,
    );
    const expected = levels.flatMap(({ level, decides, escalates }) => [
      ...decides.map((type) => `${level} decides ${type}`),
      ...escalates.map((type) => `${level} must_escalate ${type}`),
    ]);
    const governance = ['matrix_change', 'policy_change', 'enforcement_change'];
    expected.push(...governance.map((type) => `enterprise must_escalate ${type}`));
    expect(rows.toSorted()).toEqual(expected.toSorted());
    const byPeople = body.rows.filter(({ people }: { people?: number }) => people === 2);
    expect(byPeople.map(({ type }: { type: string }) => type)).toEqual(governance);
  });

  describe.each(levels)('at the $level level', ({ as, next, decides, escalates, level }) => {
    it.each(decides)('[AUT-3] %s is allowed', async (type) => {
      const { status, body } = await propose(as, type === 'tool_selection' ? aToolSelection(tool) : aProposal(type));
      expect(status, JSON.stringify(body)).toBe(201);
      expect(body).toMatchObject({ verdict: 'allowed', escalation_id: null, deciding_level: level });
      expect(body.matrix.row).toBe(`${level}/decides/${type}`);
    });

    it.each(escalates)('[AUT-3] %s executes nothing and lands at the next level', async (type) => {
      const { status, body } = await propose(as, aProposal(type));
      expect(status, JSON.stringify(body)).toBe(201);
      expect(body).toMatchObject({ verdict: 'escalated', deciding_level: next, receipt: null, outcome_due_at: null });
      const escalation = await call('GET', `/escalations/${body.escalation_id}`, { as: board });
      expect(escalation.body).toMatchObject({ state: 'open', decision_id: body.id, deciding_level: next });
      const kinds = (await entriesOf(`escalation/${body.escalation_id}`)).map((entry) => entry.action_type);
      expect(kinds).toEqual(['escalation']);
    });
  });

  it('[AUT-1] denies an unregistered type, by name', async () => {
    const { status, body } = await propose(agent.id, aProposal('paint_the_shed'));
    expect(status).toBe(201);
    expect(body).toMatchObject({ verdict: 'denied', matrix: { row: null }, deciding_level: null, receipt: null });
    expect(body.reasons[0].detail).toContain('paint_the_shed');
  });

  it('[AUT-1] lets a level decide what lies below it, in its own domain only', async () => {
    const below = await propose(domainOrchestrator, aProposal('scope_change'));
    expect(below.body.verdict, JSON.stringify(below.body.reasons)).toBe('allowed');
    const elsewhere = { resource: { type: 'service', id: 'ledger', domain: 'platform' } };
    const outside = await propose(domainOrchestrator, aProposal('scope_change', elsewhere));
    expect(outside.body).toMatchObject({ verdict: 'denied', reasons: [{ code: 'OutsideOwnDomain' }, {}] });
  });

  it('[AUT-1] takes a proposal two levels up to the level that decides it', async () => {
    const { body } = await propose(agent.id, aProposal('resource_allocation'));
    expect(body).toMatchObject({ verdict: 'escalated', deciding_level: 'enterprise' });
  });

  it('[AUT-1] lets agents select tools of their approved list only', async () => {
    const { body } = await propose(agent.id, aToolSelection('rm-rf'));
    expect(body.verdict).toBe('denied');
    expect(body.reasons[0].code).toBe('ToolNotApproved');
  });

  it('[AUT-1] gives humans without a mandate no decision, and the board every one', async () => {
    const auditor = await propose(humanWith('auditor'), aProposal('implementation_detail'));
    expect(auditor.body).toMatchObject({ verdict: 'denied', reasons: [{ code: 'NoMandate' }, {}] });
    const decided = await propose(board, aProposal('strategic_change'));
    expect(decided.body.verdict, JSON.stringify(decided.body.reasons)).toBe('allowed');
  });

  it('[AUT-3] shows open escalations to the level that must decide them, and to no other', async () => {
    const { body } = await propose(agent.id, aProposal('scope_change', { summary: 'For the inbox' }));
    const seen = async (as: string): Promise<string[]> => {
      const ids: string[] = [];
      let cursor = '';
      do {
        const page = await call('GET', `/escalations?limit=100${cursor}`, { as });
        ids.push(...page.body.items.map((item: { id: string }) => item.id));
        cursor = page.body.next_cursor ? `&cursor=${page.body.next_cursor}` : '';
      } while (cursor);
      return ids;
    };
    expect(await seen(domainOrchestrator)).toContain(body.escalation_id);
    expect(await seen(orchestratorOf('platform'))).not.toContain(body.escalation_id);
    expect(await seen(board)).not.toContain(body.escalation_id);
  });
});

describe('a decision', () => {
  it('[AUT-2] [AUD-6] may name a task twice, and has one entry that names it once', async () => {
    const body = aProposal('implementation_detail', { related_tasks: ['TASK-9001', 'TASK-9002', 'TASK-9001'] });
    const made = await call('POST', '/decisions', { as: agentOf('product').id, body });
    expect(made.status, made.text).toBe(201);
    const [entry] = await entriesOf(`decision/${made.body.id}`);
    expect(entry?.related_tasks).toEqual(['TASK-9001', 'TASK-9002']);
  });

  it('[AUT-2] names the matrix row, the policies and their version, and the entry that decided', async () => {
    const proposal = aToolSelection(tool);
    const { body } = await propose(agent.id, { ...proposal, related_tasks: ['TASK-7'] });
    expect(body).toMatchObject({
      verdict: 'allowed',
      matrix: { version: 1, row: 'agent/decides/tool_selection' },
      policies: { effect: 'allow', errors: [] },
      proposed_by: agent.id,
    });
    expect(body.policies.version).toBeGreaterThan(0);
    expect(body.policies.determining.length).toBeGreaterThan(0);
    const [entry] = await entriesOf(`decision/${body.id}`);
    expect(entry).toMatchObject({
      id: body.entry_id,
      agent_id: agent.id,
      action_type: 'decision',
      domain: 'product',
      details: proposal.details as object,
      related_tasks: ['TASK-7'],
      policy_version: body.policies.version,
      sequence: 1,
    });
    const stored = await call('GET', `/decisions/${body.id}`, { as: agent.id });
    expect(stored.body).toEqual(body);
  });

  it('[AUT-2] is shown to its proposer and those above, and hidden from others', async () => {
    const { body } = await propose(agent.id, aProposal('implementation_detail'));
    const readers = [agentOf('product', 1).id, agentOf('platform').id, orchestratorOf('platform')];
    for (const as of readers) {
      expect(await call('GET', `/decisions/${body.id}`, { as })).toMatchObject({
        status: 404,
        body: { code: 'NotFound' },
      });
    }
    expect(await call('GET', `/decisions/${body.id}`, { as: domainOrchestrator })).toMatchObject({ status: 200 });
  });

  it('[AUT-2] [POL-2] denied by a policy names the policy and its advice, and is an entry', async () => {
    const communication = { audience: 'public', channel: 'blog', contains_personal_data: true };
    const { body } = await propose(agent.id, aProposal('tactical_approach', { action: 'communicate', communication }));
    expect(body).toMatchObject({ verdict: 'denied', policies: { effect: 'deny' }, receipt: null });
    expect(body.policies.determining.length).toBeGreaterThan(0);
    expect(body.policies.advice.length).toBeGreaterThan(0);
    const entries = await entriesOf(`decision/${body.id}`);
    expect(entries).toHaveLength(1);
    expect(entries[0]?.details.outcome).toContain('denied');
  });

  it('[AUT-5] carries a receipt that a tool can check offline, and any change of it breaks', async () => {
    const { body } = await propose(agent.id, aToolSelection(tool));
    const jwks = await (await fetch(`${world().url}/v1/jwks.json`)).json();
    const keys = createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0]);
    const { payload, protectedHeader } = await jwtVerify(body.receipt, keys, { audience: 'orchestra-tools' });
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({
      sub: agent.id,
      jti: body.id,
      action: 'call_tool',
      decision_type: 'tool_selection',
      target: { type: 'service', id: 'checkout-api', domain: 'product' },
      tool,
      arguments_digest: `sha256:${'ab'.repeat(32)}`,
      policy_version: body.policies.version,
      entry_id: body.entry_id,
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
    const [header = '', claims = '', signature = ''] = (body.receipt as string).split('.');
    const altered = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    const forged = Buffer.from(JSON.stringify({ ...altered, tool: 'rm-rf' })).toString('base64url');
    await expect(jwtVerify(`${header}.${forged}.${signature}`, keys)).rejects.toThrow(/signature/);
  });

  it('[AUD-3] may raise the retention of its type, never lower it', async () => {
    const raised = await propose(agent.id, aProposal('implementation_detail', { retention: 'compliance' }));
    expect((await entriesOf(`decision/${raised.body.id}`))[0]?.retention).toBe('compliance');
    const lowered = await propose(agent.id, aProposal('scope_change', { retention: 'standard' }));
    expect(lowered).toMatchObject({ status: 422, body: { code: 'RetentionLowered' } });
    expect(lowered.body.errors).toEqual([expect.objectContaining({ pointer: '/body/retention' })]);
  });
});

describe('an outcome', () => {
  const outcome = { result: 'succeeded', summary: 'The pool was raised to 40.' };

  it('[AUT-4] is recorded once, by the proposer, as an entry of the decision', async () => {
    const { body } = await propose(agent.id, aProposal('implementation_detail'));
    const path = `/decisions/${body.id}/outcome`;
    const stranger = await call('POST', path, { as: domainOrchestrator, body: outcome });
    expect(stranger).toMatchObject({ status: 403, body: { code: 'NotTheDecider' } });
    const recorded = await call('POST', path, { as: agent.id, body: outcome });
    expect(recorded).toMatchObject({ status: 200, body: { version: 2, outcome: { result: 'succeeded' } } });
    const again = await call('POST', path, { as: agent.id, body: outcome });
    expect(again).toMatchObject({ status: 409, body: { code: 'OutcomeAlreadyRecorded' } });
    const entries = await entriesOf(`decision/${body.id}`);
    expect(entries.map(({ sequence, action_type }) => [sequence, action_type])).toEqual([
      [1, 'decision'],
      [2, 'execution'],
    ]);
  });

  it('[AUT-4] cannot be recorded where nothing was executed', async () => {
    const { body } = await propose(agent.id, aProposal('scope_change'));
    const reply = await call('POST', `/decisions/${body.id}/outcome`, { as: agent.id, body: outcome });
    expect(reply).toMatchObject({ status: 409, body: { code: 'NothingWasExecuted' } });
    expect(await entriesOf(`decision/${body.id}`)).toHaveLength(1);
  });
});

describe('the end of a requester', () => {
  it('[EVT-2] cancels its open escalations, once, when the event of its retirement comes', async () => {
    const id = `agt_leaver_${Date.now()}`;
    const { id: _, ...like } = agentOf('product');
    const made = await call('POST', '/agents', { as: enterpriseOrchestrator, body: { ...like, id } });
    expect(made.status, made.text).toBe(201);
    const { body } = await propose(id, aProposal('scope_change'));
    const retired = await call('PATCH', `/agents/${id}`, {
      as: enterpriseOrchestrator,
      headers: { 'if-match': made.headers.get('etag') ?? '' },
      body: { status: 'retired' },
    });
    expect(retired.status, retired.text).toBe(200);
    const path = `/escalations/${body.escalation_id}`;
    const closed = await eventually('the escalation is cancelled', async () => {
      const { body: seen } = await call('GET', path, { as: board });
      return seen.state === 'cancelled' ? seen : undefined;
    });
    expect(closed.closing_reason).toContain('retired');
    expect(await entriesOf(`escalation/${body.escalation_id}`)).toHaveLength(2);
  });
});
