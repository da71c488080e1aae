import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { StartSimulation } from './ports.ts';

/** Step Functions as the simulation uses it: the execution's name is the simulation's id, so there is one of each. */
export const startsOn =
  (client: () => SFNClient, stateMachineArn: string): StartSimulation =>
  async (id) => {
    const input = JSON.stringify({ simulation_id: id });
    await client().send(new StartExecutionCommand({ stateMachineArn, name: id, input }));
  };
