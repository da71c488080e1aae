import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

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
