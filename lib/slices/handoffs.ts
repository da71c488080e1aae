import { Construct } from 'constructs';
import {
  handoffAccepted,
  handoffClosed,
  handoffExpired,
  handoffOffered,
  handoffOpened,
  handoffQuestionAsked,
  handoffRefused,
  handoffWithdrawn,
} from '../../functions/handoffs/contract.ts';
import { ApiEnv } from '../../functions/shared/env.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { addClock } from './clock.ts';
import { allowServe, apiEnv, type Exposure, type Platform } from './slice.ts';

const own = ['handoffs#*'];
const handoffs = ['handoffs#handoff#*'];
const tasks = ['workload#task#*'];
const loads = ['workload#agent#*'];
const messages = ['approvals#message#*'];

/** What a step of the clock does: it reads who decides, changes the handoff, frees its tasks and fills inboxes. */
const clockAccess = {
  get: [...handoffs, ...tasks, 'directory#*'],
  list: { gsi1: ['directory#*'] },
  put: [...handoffs, ...tasks, ...messages],
  remove: handoffs,
};

export class HandoffsSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    this.clock();
    this.exposes = [{ function: api, segments: ['handoffs'], documents: [] }];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'handoffs/api',
      description: 'Handoffs of tasks between teams',
      schema: ApiEnv,
      env: apiEnv(this.platform),
      memory: 1024,
    });
    allowServe(this.platform, api, 'handoffs', {
      // Key decisions that a package names must be there: decisions, and entries by their leaves in the tree.
      get: [...tasks, ...loads, 'authority#decision#*', 'audit#tree#leaf#*'],
      list: { gsi1: [...own, 'directory#*'], gsi2: own },
      put: [...tasks, ...loads, ...messages],
      // Leases of the claims that an acceptance ends, beside the row of the clock.
      remove: [...handoffs, ...tasks],
      adjust: loads,
      // Who the tasks wait for is active when they are brought there.
      check: ['directory#principal#*'],
    });
    return api;
  }

  private clock(): void {
    const consumer = addClock(this, this.platform, {
      slice: 'handoffs',
      of: 'handoff',
      access: clockAccess,
      sweeps: { gsi1: ['handoffs#*', 'directory#*'] },
      on: [
        handoffOpened,
        handoffOffered,
        handoffAccepted,
        handoffQuestionAsked,
        handoffRefused,
        handoffWithdrawn,
        handoffExpired,
        handoffClosed,
      ],
      descriptions: {
        steps: 'Reminds, lets expire, passes on and closes handoffs',
        consumer: 'Starts and wakes the clocks of handoffs',
        sweeper: 'Finds the handoffs whose clock has stopped',
        sweep: 'Looks for stopped clocks every five minutes',
      },
    });
    // What it does is remembered, and is no change that the ledger would have to know of.
    this.platform.data.state.allow(consumer, { get: own, put: ['handoffs#consumed#*'] });
  }
}
