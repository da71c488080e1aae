import { Aws } from 'aws-cdk-lib';
import { EventField, type EventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  breakGlassOverdue,
  breakGlassUsed,
  escalationMovedUp,
  escalationOpened,
  escalationReminded,
} from '../../functions/approvals/contract.ts';
import { conflictEscalated, conflictReminded, conflictUnresolved } from '../../functions/conflicts/contract.ts';
import { acknowledge } from '../guardrails/acknowledge.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Topics, Urgency } from './paging-alarm.ts';

export type AnnouncementsProps = {
  /** Key that topics and letters rest under. */
  key: IKey;
  buses: Readonly<Record<string, EventBus>>;
  topics: Topics;
  /** Where people look at what they are told of; it asks them to sign in, and holds no secret. */
  link: string;
};

type Announcement = {
  urgency: Urgency;
  description: string;
  events: readonly { type: string }[];
  /** Of the event's data. */
  where?: Record<string, string[]>;
  text: string;
};

const data = (field: string): string => EventField.fromPath(`$.detail.data.${field}`);

/** Brings events that ask something of people to the topics that reach them, in words. */
export class Announcements extends Construct {
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, props: AnnouncementsProps) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'DeadLetters', props.key);
    for (const [name, announcement] of Object.entries(announcements(props.link))) {
      this.announce(name, announcement, props);
    }
  }

  private announce(name: string, announcement: Announcement, { key, buses, topics }: AnnouncementsProps): void {
    const { urgency, description, events, where, text } = announcement;
    // EventBridge refuses conditions in a topic's policy, so it publishes with a role, whose rights can be bounded.
    const role = new Role(this, `${name}Role`, {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description,
    });
    const topic = topics[urgency];
    role.addToPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
    const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
    role.addToPolicy(new PolicyStatement({ actions, resources: [key.keyArn] }));
    acknowledge(role, ['IAMNoInlinePolicy'], 'The policy belongs to this one role and goes with it.');
    const target = new SnsTopic(topic, {
      // What the CDK would add is the same and more.
      role: role.withoutPolicyUpdates(),
      deadLetterQueue: this.deadLetters,
      message: RuleTargetInput.fromText(text),
    });
    const type = events.map((event) => event.type);
    for (const [domain, eventBus] of Object.entries(buses)) {
      const detail = { type, domain: [domain], ...(where ? { data: where } : {}) };
      new Rule(this, `${name}-${domain}`, { eventBus, description, eventPattern: { detail }, targets: [target] });
    }
  }
}

/** Orchestrators have their inboxes; what is told here is for people. */
const announcements = (link: string): Readonly<Record<string, Announcement>> => ({
  ...ofApprovals(link),
  ...ofConflicts(link),
});

const ofConflicts = (link: string): Readonly<Record<string, Announcement>> => ({
  BoardConflict: {
    urgency: 'escalate',
    description: 'Tells people of the board which conflicts wait for their decision',
    events: [conflictEscalated, conflictReminded],
    where: { level: ['board'] },
    text:
      `The board decides a conflict until ${data('due_at')}: ${data('summary')} ` +
      `It is about ${data('subject')}. Sign in to decide: ${link}/v1/conflicts/${data('conflict_id')}`,
  },
  UnresolvedConflict: {
    urgency: 'page',
    description: 'Pages when the board has not decided a conflict in its time',
    events: [conflictUnresolved],
    text:
      `The board has not decided a conflict in its time, which ends anew at ${data('due_at')}: ${data('summary')} ` +
      `Decide it: ${link}/v1/conflicts/${data('conflict_id')} Runbook: docs/runbooks/conflict-unresolved.md`,
  },
});

const ofApprovals = (link: string): Readonly<Record<string, Announcement>> => ({
  Board: {
    urgency: 'escalate',
    description: 'Tells people of the board what waits for their decision',
    events: [escalationOpened, escalationMovedUp, escalationReminded],
    where: { deciding_level: ['board'] },
    text:
      `The board decides until ${data('level_deadline')}: ${data('summary')} ` +
      `Requested by ${data('requested_by')}. Sign in to vote: ${link}/v1/escalations/${data('escalation_id')}`,
  },
  BreakGlass: {
    urgency: 'page',
    description: 'Pages when a person approves a request alone',
    events: [breakGlassUsed],
    text:
      `${data('used_by')} approved ${data('escalation_id')} alone, until ${data('approval_expires_at')}. ` +
      `Review it by ${data('review_due_at')}: ${link}/v1/break-glass/${data('break_glass_id')}`,
  },
  OverdueReview: {
    urgency: 'warn',
    description: 'Warns of reviews that are overdue',
    events: [breakGlassOverdue],
    text:
      `The review of what ${data('used_by')} approved alone is overdue since ${data('review_due_at')}: ` +
      `${link}/v1/break-glass/${data('break_glass_id')}`,
  },
});
