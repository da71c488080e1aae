import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { eventually, world } from './world.ts';

const arnOf = (kind: 'stateMachine' | 'execution', ...rest: string[]): string =>
  ['arn:aws:states:us-east-1:000000000000', kind, ...rest].join(':');

const sfn = (): SFNClient => (world(), new SFNClient({}));

/** How an execution stands: `RUNNING`, `SUCCEEDED` …; undefined when there is none of this name. */
export async function statusOf(machine: string, execution: string): Promise<string | undefined> {
  const executionArn = arnOf('execution', `orchestra-local-${machine}`, execution);
  try {
    return (await sfn().send(new DescribeExecutionCommand({ executionArn }))).status;
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** Waits until an execution stands so. */
export const untilStatus = (machine: string, execution: string, status: string, seconds = 40): Promise<true> =>
  eventually(
    `${execution} is ${status}`,
    async () => ((await statusOf(machine, execution)) === status ? true : undefined),
    seconds,
  );

/** Names of the executions of a machine that begin so. */
export async function executionsOf(machine: string, prefix: string): Promise<string[]> {
  const stateMachineArn = arnOf('stateMachine', `orchestra-local-${machine}`);
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn().send(new ListExecutionsCommand({ stateMachineArn, nextToken }));
    names.push(...(page.executions ?? []).map(({ name }) => name ?? ''));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names.filter((name) => name.startsWith(prefix));
}

/** Ends an execution as an accident would. */
export async function stop(machine: string, execution: string): Promise<void> {
  const executionArn = arnOf('execution', `orchestra-local-${machine}`, execution);
  await sfn().send(new StopExecutionCommand({ executionArn }));
}

/** Runs a test with workflows that wait for a fraction of their time. */
export async function withClocks<T>(fraction: number, run: () => Promise<T>): Promise<T> {
  const scale = async (value: number): Promise<void> => {
    const body = JSON.stringify({ 'stepfunctions._SFN_WAIT_SCALE': value });
    const reply = await fetch(`${world().deployment.endpoint}/_ministack/config`, { method: 'POST', body });
    expect(await reply.json()).toEqual({ applied: { 'stepfunctions._SFN_WAIT_SCALE': value } });
  };
  await scale(fraction);
  try {
    return await run();
  } finally {
    await scale(1);
  }
}
