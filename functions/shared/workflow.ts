import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { addSeconds, epochSeconds } from './clock.ts';
import type { Delivery } from './consume.ts';

/** A workflow that keeps the clocks of records. */
export type Workflow = {
  /** Starts an execution; a second start under the same name is none. */
  start: (name: string, input: Readonly<Record<string, string>>) => Promise<void>;
  /** Wakes the execution that waits with a token; one that waits no more needs no waking. */
  answer: (token: string) => Promise<void>;
};

const over: ReadonlySet<string> = new Set(['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken']);

/** @param machineArn absent where nothing is started */
export const workflowOf = (machineArn?: string, client = new SFNClient({})): Workflow => ({
  start: async (name, input) => {
    try {
      await client.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input: JSON.stringify(input) }));
    } catch (error) {
      if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
    }
  },
  answer: async (token) => {
    try {
      await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
    } catch (error) {
      if (!over.has((error as Error).name)) throw error;
    }
  },
});

/** Tokens outlive the time that they are for, so that one that is late is told so. */
const tokenSeconds = 7 * 86_400;
/** When a token goes with which an execution waits until a moment, in seconds of the epoch. */
export const tokenExpiry = (until: Date): number => epochSeconds(addSeconds(until, tokenSeconds));

const nothing = { writes: [], entries: [] };

/**
 * What events do to the clock of a record; each is the end of its delivery.
 * @param key what the workflow calls the id of the record
 */
export const clocksOf = (
  workflow: Workflow,
  store: { token: (id: string) => Promise<string | undefined> },
  key: string,
) => ({
  /** The execution is named by the record: however often this is delivered, one keeps the clock. */
  start: async (id: string, delivery: Delivery): Promise<void> => {
    await workflow.start(id, { [key]: id, traceparent: delivery.trace.traceparent });
    await delivery.commit(nothing);
  },
  /** Where no token was left, none is waited with; a workflow that leaves one later looks first what has changed. */
  wake: async (id: string, delivery: Delivery): Promise<void> => {
    const token = await store.token(id);
    if (token !== undefined) await workflow.answer(token);
    await delivery.commit(nothing);
  },
});
