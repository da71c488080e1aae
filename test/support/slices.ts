import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { PolicyEngine } from '../../functions/policies/evaluator.ts';
import type { Clock } from '../../functions/shared/clock.ts';
import type { Table } from '../../functions/shared/dynamo.ts';
import { ApiEnv, CommitEnv, readEnv } from '../../functions/shared/env.ts';
import { type Core, coreFrom, type Runtime, runtimeFrom } from '../../functions/shared/runtime.ts';
import { anEvent, environmentOf, lambdaContext } from './in-process.ts';
import type { Reply } from './world.ts';

type Given = { client?: DynamoDBClient; now?: Clock };
export type ApiHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
export type Answered = Pick<Reply, 'status' | 'body'>;

/** Asks a slice that runs here, as API Gateway would; its answer, parsed. */
export async function ask(handler: ApiHandler, ...request: Parameters<typeof anEvent>): Promise<Answered> {
  const reply = await handler(anEvent(...request), lambdaContext);
  return { status: reply.statusCode, body: JSON.parse(reply.body) };
}

/** What functions that commit stand on, in this process, on the deployed tables. */
export async function coreHere(given: Given = {}): Promise<Core> {
  const env = readEnv(CommitEnv, await environmentOf('orchestra-local-authority-api'));
  return coreFrom(env, given.client, given.now);
}

/** The directory slice in this process; `provisioned` are the domains that it takes for deployed. */
export async function directoryHere(
  given: Given & { provisioned?: readonly string[]; heartbeatSeconds?: number } = {},
): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-directory-api');
  const [{ directoryApi }, { DirectoryApiEnv }] = await Promise.all([
    import('../../functions/directory/api.ts'),
    import('../../functions/directory/env.ts'),
  ]);
  const env = readEnv(DirectoryApiEnv, variables);
  const runtime: Runtime = runtimeFrom(env, coreFrom(env, given.client, given.now));
  const { provisioned = env.DOMAINS, heartbeatSeconds = env.HEARTBEAT_SECONDS } = given;
  return directoryApi({ DOMAINS: [...provisioned], HEARTBEAT_SECONDS: heartbeatSeconds }, runtime);
}

/** The limits slice in this process. */
export async function limitsHere(given: Given = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-limits-api');
  const [{ limitsApi }, { LimitsApiEnv }] = await Promise.all([
    import('../../functions/limits/api.ts'),
    import('../../functions/limits/env.ts'),
  ]);
  const env = readEnv(LimitsApiEnv, variables);
  return limitsApi(runtimeFrom(env, coreFrom(env, given.client, given.now)));
}

/** The workload slice in this process. */
export async function workloadHere(given: Given & { leaseSeconds?: number } = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-workload-api');
  const [{ workloadApi }, { WorkloadApiEnv }] = await Promise.all([
    import('../../functions/workload/api.ts'),
    import('../../functions/workload/env.ts'),
  ]);
  const env = readEnv(WorkloadApiEnv, variables);
  const runtime = runtimeFrom(env, coreFrom(env, given.client, given.now));
  return workloadApi(given.leaseSeconds ?? env.LEASE_SECONDS, runtime);
}

/** The sweeper of the workload slice in this process. */
export async function workloadSweeperHere(given: Given = {}) {
  const variables = await environmentOf('orchestra-local-workload-sweeper');
  const { workloadSweeper } = await import('../../functions/workload/sweeper.ts');
  const handler = workloadSweeper(coreFrom(readEnv(CommitEnv, variables), given.client, given.now));
  return () => handler({}, lambdaContext);
}

/** The handoffs slice in this process. */
export async function handoffsHere(given: Given = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-handoffs-api');
  const { handoffsApi } = await import('../../functions/handoffs/api.ts');
  const env = readEnv(ApiEnv, variables);
  return handoffsApi(runtimeFrom(env, coreFrom(env, given.client, given.now)));
}

/** The audit slice in this process. */
export async function auditHere(given: Given = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-audit-api');
  const [{ auditApi }, { AuditApiEnv }] = await Promise.all([
    import('../../functions/audit/api.ts'),
    import('../../functions/audit/env.ts'),
  ]);
  const env = readEnv(AuditApiEnv, variables);
  return auditApi(env, runtimeFrom(env, coreFrom(env, given.client, given.now)));
}

/** The approvals slice in this process. */
export async function approvalsHere(given: Given = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-approvals-api');
  const { approvalsApi } = await import('../../functions/approvals/api.ts');
  const env = readEnv(ApiEnv, variables);
  return approvalsApi(runtimeFrom(env, coreFrom(env, given.client, given.now)));
}

/** The dependencies slice in this process. */
export async function dependenciesHere(given: Given = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-dependencies-api');
  const [{ dependenciesApi }, { DependenciesApiEnv }] = await Promise.all([
    import('../../functions/dependencies/api.ts'),
    import('../../functions/dependencies/env.ts'),
  ]);
  const env = readEnv(DependenciesApiEnv, variables);
  return dependenciesApi(runtimeFrom(env, coreFrom(env, given.client, given.now)));
}

/** The sweeper of the dependencies slice in this process. */
export async function dependenciesSweeperHere(given: Given = {}) {
  const variables = await environmentOf('orchestra-local-dependencies-sweeper');
  const { dependenciesSweeper } = await import('../../functions/dependencies/sweeper.ts');
  const handler = dependenciesSweeper(coreFrom(readEnv(CommitEnv, variables), given.client, given.now));
  return () => handler({}, lambdaContext);
}

/** The conflicts slice in this process. */
export async function conflictsHere(given: Given = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-conflicts-api');
  const { conflictsApi } = await import('../../functions/conflicts/api.ts');
  const env = readEnv(ApiEnv, variables);
  return conflictsApi(runtimeFrom(env, coreFrom(env, given.client, given.now)));
}

async function authorityEnv() {
  const variables = await environmentOf('orchestra-local-authority-api');
  const { AuthorityApiEnv } = await import('../../functions/authority/env.ts');
  return readEnv(AuthorityApiEnv, variables);
}

/** The authority slice in this process, on state that is not as it was stored, or on another engine than Cedar. */
export async function authorityOn(given: {
  state?: (table: Table) => Table;
  engine?: PolicyEngine;
}): Promise<ApiHandler> {
  const env = await authorityEnv();
  const [{ authorityApi }, { activePolicies }] = await Promise.all([
    import('../../functions/authority/api.ts'),
    import('../../functions/policies/active.ts'),
  ]);
  const runtime = runtimeFrom(env);
  const state = given.state?.(runtime.state) ?? runtime.state;
  return authorityApi(env, { ...runtime, state }, activePolicies(state, given.engine));
}

/** The policies slice in this process; simulations are started as told. */
export async function policiesHere(given: Given & { start?: (id: string) => Promise<void> } = {}): Promise<ApiHandler> {
  const variables = await environmentOf('orchestra-local-policies-api');
  const [{ policiesApi }, { PoliciesApiEnv }] = await Promise.all([
    import('../../functions/policies/api.ts'),
    import('../../functions/policies/env.ts'),
  ]);
  const env = readEnv(PoliciesApiEnv, variables);
  return policiesApi(runtimeFrom(env, coreFrom(env, given.client, given.now)), given.start ?? (async () => {}));
}

/** The steps of the policies slice in this process. */
export async function policiesStepsHere(given: Given & { pageSize?: number } = {}) {
  const variables = await environmentOf('orchestra-local-policies-steps');
  const [{ policiesSteps }, { PoliciesStepsEnv }] = await Promise.all([
    import('../../functions/policies/steps.ts'),
    import('../../functions/policies/env.ts'),
  ]);
  const env = readEnv(PoliciesStepsEnv, variables);
  const handler = policiesSteps(coreFrom(env, given.client, given.now), env.DOMAINS, given.pageSize);
  return (event: unknown) => handler(event, lambdaContext);
}

/** The sweeper of the policies slice in this process. */
export async function policiesSweeperHere(given: Given = {}) {
  const variables = await environmentOf('orchestra-local-policies-sweeper');
  const { policiesSweeper } = await import('../../functions/policies/sweeper.ts');
  const handler = policiesSweeper(coreFrom(readEnv(CommitEnv, variables), given.client, given.now));
  return () => handler({}, lambdaContext);
}
