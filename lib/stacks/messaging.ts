import { Aws, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Archive, EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as ToBus, SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { outcomeMissed } from '../../functions/authority/contract.ts';
import { type Config, enterprise } from '../config.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { EncryptionKey } from '../constructs/encryption-key.ts';
import { nameOf, pascal } from '../constructs/hosting.ts';
import { type Urgency, urgencies } from '../constructs/paging-alarm.ts';
import { acknowledge } from '../guardrails/acknowledge.ts';

/** A bus per domain and one for the enterprise, the roads between them, and the topics that reach people. */
export class MessagingStack extends Stack {
  /** By domain, and `enterprise`. */
  readonly buses: Readonly<Record<string, EventBus>>;
  readonly topics: Readonly<Record<Urgency, Topic>>;
  readonly key: EncryptionKey;
  /** The same key without its policy: CDK would write each bus into it, and bus, queue and key would form a circle. */
  private readonly busKey: IKey;
  private readonly undelivered: DeadLetters;

  constructor(scope: Construct, id: string, config: Config, props: StackProps) {
    super(scope, id, props);
    this.key = new EncryptionKey(this, 'Key', config, 'messaging', 'Buses and topics of Enterprise Orchestra');
    this.key.allowBuses(nameOf(config, '*'));
    for (const service of ['events', 'cloudwatch', 'sns']) this.key.allowService(`${service}.amazonaws.com`);
    this.busKey = Key.fromKeyArn(this, 'BusKey', this.key.keyArn);
    this.undelivered = new DeadLetters(this, 'Undelivered', this.key);
    this.buses = Object.fromEntries([...config.domains, enterprise].map((name) => [name, this.bus(name, config)]));
    this.topics = Object.fromEntries(urgencies.map((name) => [name, this.topic(name, config)])) as Record<
      Urgency,
      Topic
    >;
    for (const domain of config.domains) this.road(domain, config.domains);
    this.missedOutcomes();
    this.outputs();
    acknowledge(
      this,
      ['IAMNoInlinePolicy'],
      'Each policy lets the role of one rule deliver to one target and must not be attached to any other; it goes with the rule.',
    );
  }

  private bus(name: string, config: Config): EventBus {
    const bus = new EventBus(this, `Bus-${name}`, {
      eventBusName: nameOf(config, name),
      description: `Events of ${name}`,
      kmsKey: this.busKey,
      deadLetterQueue: this.undelivered,
    });
    if (config.event_archive_days > 0) this.archive(name, bus, config);
    return bus;
  }

  private archive(name: string, bus: EventBus, config: Config): void {
    new Archive(this, `Archive-${name}`, {
      description: `Every event of ${name}, for replay`,
      sourceEventBus: bus,
      eventPattern: { account: [this.account] },
      retention: Duration.days(config.event_archive_days),
      kmsKey: this.busKey,
    });
  }

  /**
   * Events cross by the enterprise bus, which takes from the relay what concerns somebody else. A rule from the bus of a
   * domain could not bring it there: EventBridge does not pass on to a third bus what came from another.
   */
  private road(domain: string, domains: readonly string[]): void {
    const others = [...domains.filter((one) => one !== domain), enterprise];
    new Rule(this, `In-${domain}`, {
      eventBus: this.busOf(enterprise),
      description: `Events of others that concern ${domain}`,
      eventPattern: { detail: { domain: others, data: { concerns: [domain] } } },
      // CDK declares the class looser than its own interface under exactOptionalPropertyTypes.
      targets: [new ToBus(this.busOf(domain) as IEventBus, { deadLetterQueue: this.undelivered })],
    });
  }

  private missedOutcomes(): void {
    const role = this.publisher(this.topics.warn);
    for (const [name, eventBus] of Object.entries(this.buses)) {
      new Rule(this, `MissedOutcomes-${name}`, {
        eventBus,
        description: 'Decisions whose outcome nobody recorded in time',
        eventPattern: { detail: { type: [outcomeMissed.type], domain: [name] } },
        targets: [new SnsTopic(this.topics.warn, { role, deadLetterQueue: this.undelivered })],
      });
    }
  }

  /** EventBridge refuses conditions in a topic's policy, so it publishes with a role, whose rights can be bounded. */
  private publisher(topic: Topic): IRole {
    const role = new Role(this, 'MissedOutcomesRole', {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Tells people about missed outcomes',
    });
    role.addToPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
    const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
    role.addToPolicy(new PolicyStatement({ actions, resources: [this.key.keyArn] }));
    // What the CDK would add is the same and more.
    return role.withoutPolicyUpdates();
  }

  private topic(urgency: Urgency, config: Config): Topic {
    const topic = new Topic(this, `Topic-${urgency}`, {
      topicName: nameOf(config, urgency),
      displayName: `Orchestra ${config.env}: ${urgency}`,
      masterKey: this.key,
      enforceSSL: true,
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    for (const email of config.alert_emails) {
      topic.addSubscription(new EmailSubscription(email, { deadLetterQueue: this.undelivered }));
    }
    return topic;
  }

  private busOf(name: string): EventBus {
    const bus = this.buses[name];
    if (!bus) throw new Error(`there is no bus of ${name}`);
    return bus;
  }

  private outputs(): void {
    for (const [name, bus] of Object.entries(this.buses)) {
      new CfnOutput(this, `Bus${pascal(name)}`, { value: bus.eventBusName });
    }
    for (const [name, topic] of Object.entries(this.topics)) {
      new CfnOutput(this, `Topic${pascal(name)}`, { value: topic.topicArn });
    }
  }
}
