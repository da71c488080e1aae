import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ApprovalsApiEnv, ApprovalsConsumerEnv } from '../../functions/approvals/env.ts';
import { agentStatusChanged } from '../../functions/directory/contract.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { allowCommit, allowServe, apiEnv, commitEnv, type Exposure, type Platform } from './slice.ts';

const own = ['approvals#*'];

export class ApprovalsSlice extends Construct {
  readonly exposes: readonly Exposure[];
  private readonly platform: Platform;

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id);
    this.platform = platform;
    const api = this.api();
    this.consumer();
    this.exposes = [
      {
        function: api,
        segments: ['escalations'],
        below: ['agents/{id}/inbox'],
        documents: [],
      },
    ];
  }

  private api(): ControlFunction {
    const api = new ControlFunction(this, 'Api', {
      hosting: this.platform.hosting,
      entry: 'approvals/api',
      description: 'Escalations, votes and inboxes',
      schema: ApprovalsApiEnv,
      env: apiEnv(this.platform),
      memory: 1024,
    });
    allowServe(this.platform, api, 'approvals', {
      list: { table: own, gsi1: own, gsi2: own },
      remove: ['approvals#escalation#*'],
    });
    return api;
  }

  private consumer(): void {
    const { hosting, messaging } = this.platform;
    const consumer = new ControlFunction(this, 'Consumer', {
      hosting,
      entry: 'approvals/consumer',
      description: 'Cancels the open escalations of agents that were retired',
      schema: ApprovalsConsumerEnv,
      env: commitEnv(this.platform),
      timeout: Duration.seconds(30),
    });
    allowCommit(this.platform, consumer, {
      get: own,
      list: { gsi1: own },
      put: own,
      remove: ['approvals#escalation#*'],
    });
    new EventConsumer(this, 'Events', {
      hosting,
      consumer,
      on: [agentStatusChanged],
      buses: messaging.buses,
    });
  }
}
