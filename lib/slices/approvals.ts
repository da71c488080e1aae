import { Construct } from 'constructs';
import {
  escalationApproved,
  escalationCancelled,
  escalationOpened,
  escalationRejected,
  escalationReturned,
  escalationTimedOut,
} from '../../functions/approvals/contract.ts';
import { ApiEnv } from '../../functions/shared/env.ts';
import { agentStatusChanged } from '../../functions/directory/contract.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { addClock } from './clock.ts';
import { allowCommit, allowServe, apiEnv, type Exposure, type Platform } from './slice.ts';

const own = ['approvals#*'];
const escalations = ['approvals#escalation#*'];

/** What a step of the clock does: it reads who decides, changes the escalation and fills inboxes. */
const clockAccess = {
  get: ['approvals#*', 'directory#*'],
  list: { gsi1: ['directory#*'] },
  put: own,
  remove: escalations,
};

export class ApprovalsSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    this.clock();
    this.exposes = [
      {
        function: api,
        segments: ['escalations', 'delegations', 'break-glass'],
        below: ['agents/{id}/inbox'],
        documents: [],
      },
    ];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'approvals/api',
      description: 'Escalations, votes, delegations, break-glass and inboxes',
      schema: ApiEnv,
      env: apiEnv(this.platform),
      memory: 1024,
    });
    allowServe(this.platform, api, 'approvals', {
      check: ['approvals#delegation#*'],
      list: { table: own, gsi1: own, gsi2: own },
      remove: escalations,
    });
    return api;
  }

  private clock(): void {
    const consumer = addClock(this, this.platform, {
      slice: 'approvals',
      of: 'escalation',
      access: clockAccess,
      sweeps: { gsi1: ['approvals#*', 'directory#*'], gsi2: own },
      on: [
        agentStatusChanged,
        escalationOpened,
        escalationApproved,
        escalationRejected,
        escalationReturned,
        escalationTimedOut,
        escalationCancelled,
      ],
      // A clock that stands still is an approval that nobody is asked for.
      urgency: 'page',
      descriptions: {
        steps: 'Tells, reminds and moves up the levels of an escalation',
        consumer: 'Starts and wakes the clocks of escalations; cancels those of agents that were retired',
        sweeper: 'Finds the escalations whose clock has stopped, and overdue reviews',
        sweep: 'Looks for stopped clocks every five minutes',
      },
    });
    allowCommit(this.platform, consumer, { get: own, list: { gsi1: own }, put: own, remove: escalations });
  }
}
