import { Construct } from 'constructs';
import { decisionAllowed, decisionRedeemed } from '../../functions/authority/contract.ts';
import {
  conflictIdentified,
  conflictResolved,
  interestsGiven,
  perspectiveGiven,
} from '../../functions/conflicts/contract.ts';
import { reservationRefused } from '../../functions/dependencies/contract.ts';
import { ApiEnv } from '../../functions/shared/env.ts';
import { taskClaimed } from '../../functions/workload/contract.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { addClock } from './clock.ts';
import { allowCommit, allowServe, apiEnv, type Exposure, type Platform } from './slice.ts';

const own = ['conflicts#*'];
const conflict = ['conflicts#conflict#*'];
const messages = ['approvals#message#*'];

/** What a step of the clock does: it reads who decides, changes the conflict and fills inboxes. */
const clockAccess = {
  get: [...conflict, 'directory#*', 'authority#matrix'],
  list: { gsi1: ['directory#*'] },
  put: [...conflict, ...messages],
};

export class ConflictsSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    this.clock();
    this.exposes = [{ function: api, segments: ['conflicts', 'resolutions'], documents: [] }];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'conflicts/api',
      description: 'Conflicts, what their parties say, and how they were resolved',
      schema: ApiEnv,
      env: apiEnv(this.platform),
      memory: 1024,
    });
    allowServe(this.platform, api, 'conflicts', {
      list: { gsi1: own, gsi2: own },
      put: messages,
      // What says that a conflict is open goes with its end.
      remove: [...conflict, 'conflicts#matter#*'],
    });
    return api;
  }

  private clock(): void {
    const consumer = addClock(this, this.platform, {
      slice: 'conflicts',
      of: 'conflict',
      access: clockAccess,
      sweeps: { gsi1: [...own, 'directory#*'] },
      on: [
        conflictIdentified,
        perspectiveGiven,
        interestsGiven,
        conflictResolved,
        reservationRefused,
        taskClaimed,
        decisionAllowed,
        decisionRedeemed,
      ],
      descriptions: {
        steps: 'Moves a conflict on when the time of a step or a level is over',
        consumer: 'Detects conflicts, and starts and wakes their clocks',
        sweeper: 'Finds the conflicts whose clock has stopped',
        sweep: 'Looks for stopped clocks of conflicts every five minutes',
      },
    });
    allowCommit(this.platform, consumer, {
      get: [...own, 'directory#domain#*', 'workload#task#*', 'authority#decision#*'],
      put: [...own, ...messages],
    });
  }
}
