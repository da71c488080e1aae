import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Dashboard, GraphWidget, type IWidget, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { Announcements } from '../constructs/announcements.ts';
import { ControlFunction, metricsNamespace } from '../constructs/control-function.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { EventConsumer } from '../constructs/event-consumer.ts';
import { LedgerTable, StateTable } from '../constructs/governed-table.ts';
import { nameOf } from '../constructs/hosting.ts';
import { PagingAlarm, type PagingAlarmProps, type Topics } from '../constructs/paging-alarm.ts';
import { ScheduledFunction } from '../constructs/scheduled-function.ts';
import { StreamConsumer } from '../constructs/stream-consumer.ts';
import { Workflow } from '../constructs/workflow.ts';
import type { MessagingStack } from './messaging.ts';
import { rescues } from './rescues.ts';

export type OperationsStackProps = StackProps & {
  /** Stacks in which everything that can fail is watched. */
  watched: readonly Stack[];
  api: RestApi;
  messaging: Pick<MessagingStack, 'key' | 'buses' | 'topics'>;
};

const period = Duration.minutes(5);
const { SUM, MAXIMUM } = Stats;

/** What tells people: an alarm for each way to fail, found by walking the other stacks, and one page to look at. */
export class OperationsStack extends Stack {
  private readonly topics: Topics;

  constructor(scope: Construct, id: string, config: Config, props: OperationsStackProps) {
    super(scope, id, props);
    const { key, buses, topics } = props.messaging;
    this.topics = topics;
    const all = props.watched.flatMap((stack) => stack.node.findAll());
    const functions = all.filter((one) => one instanceof ControlFunction);
    const letters = all.filter((one) => one instanceof DeadLetters);
    for (const fn of functions) this.watchFunction(fn);
    for (const queue of letters) this.watchLetters(queue);
    for (const stream of all.filter((one) => one instanceof StreamConsumer)) this.watchStream(stream);
    for (const events of all.filter((one) => one instanceof EventConsumer)) this.watchBacklog(events);
    for (const clock of all.filter((one) => one instanceof ScheduledFunction)) this.watchClock(clock);
    for (const workflow of all.filter((one) => one instanceof Workflow)) this.watchWorkflow(workflow);
    for (const table of all.filter((one) => one instanceof StateTable || one instanceof LedgerTable)) {
      this.watchTable(table);
    }
    this.watchApi(props.api);
    this.watchArchive();
    this.watchSealing();
    this.watchStoppedClocks();
    const url = config.custom_domain ? `https://${config.custom_domain.name}` : props.api.url.replace(/\/$/, '');
    const announcements = new Announcements(this, 'Announcements', {
      key,
      buses,
      topics,
      link: config.console_url ?? url,
    });
    this.watchLetters(announcements.deadLetters);
    new Dashboard(this, 'Dashboard', {
      dashboardName: nameOf(config),
      widgets: widgets(functions, letters, props.api),
    });
  }

  private watchFunction({ label, lambda }: ControlFunction): void {
    this.alarm(`Errors-${label}`, {
      metric: lambda.metricErrors({ period }),
      means: `${label} failed.`,
      atLeast: 1,
      urgency: 'warn',
      runbook: 'function-errors',
    });
    this.alarm(`Throttles-${label}`, {
      metric: lambda.metricThrottles({ period }),
      means: `${label} was throttled: the account or the function is out of concurrency.`,
      atLeast: 1,
      urgency: 'warn',
      runbook: 'function-throttles',
    });
  }

  private watchLetters(queue: DeadLetters): void {
    const label = labelOf(queue);
    this.alarm(`Letters-${label}`, {
      metric: waiting(queue),
      means: `Messages that nobody could handle wait in ${label}.`,
      atLeast: 1,
      urgency: 'warn',
      runbook: 'dead-letters',
    });
  }

  private watchStream({ consumer: { label, lambda } }: StreamConsumer): void {
    this.alarm(`Lag-${label}`, {
      metric: lambda.metric('IteratorAge', { statistic: MAXIMUM, period }),
      means: `${label} is ten minutes behind the ledger or more; after a day the stream forgets.`,
      atLeast: Duration.minutes(10).toMilliseconds(),
      urgency: 'page',
      runbook: 'stream-lag',
    });
  }

  private watchBacklog({ consumer: { label }, queue }: EventConsumer): void {
    this.alarm(`Backlog-${label}`, {
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: MAXIMUM, period }),
      means: `An event has waited for ${label} for a quarter of an hour.`,
      atLeast: Duration.minutes(15).toSeconds(),
      urgency: 'warn',
      runbook: 'event-backlog',
    });
  }

  private watchClock({ runs: { label, lambda }, silence }: ScheduledFunction): void {
    this.alarm(`Silence-${label}`, {
      metric: lambda.metricInvocations({ period: silence }),
      means: `${label} has not run for ${silence.toHumanString()}. True also from the deployment until its first run.`,
      silent: true,
      urgency: 'warn',
      runbook: 'schedule-silent',
    });
  }

  private watchWorkflow({ label, machine, urgency }: Workflow): void {
    const failures = { Failed: machine.metricFailed({ period }), TimedOut: machine.metricTimedOut({ period }) };
    for (const [how, metric] of Object.entries(failures)) {
      this.alarm(`Workflow${how}-${label}`, {
        metric,
        means: `An execution of the workflow ${label} ${how === 'Failed' ? 'failed' : 'ran out of time'}.`,
        atLeast: 1,
        urgency,
        runbook: 'workflow-failed',
      });
    }
  }

  private watchTable({ table, node: { id } }: StateTable | LedgerTable): void {
    for (const metricName of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
      this.alarm(`${metricName}-${id}`, {
        metric: table.metric(metricName, { statistic: SUM, period }),
        means: `The ${id} table was throttled: a partition is hot, or traffic doubled at once.`,
        atLeast: 1,
        periods: 2,
        urgency: 'warn',
        runbook: 'table-throttles',
      });
    }
  }

  private watchApi(api: RestApi): void {
    this.alarm('ApiFailures', {
      metric: api.metricServerError({ period, statistic: SUM }),
      means: 'The API answered with server errors.',
      atLeast: 5,
      urgency: 'page',
      runbook: 'api-errors',
    });
    this.alarm('ApiLatency', {
      metric: api.metricLatency({ period, statistic: 'p99' }),
      means: 'One request in a hundred has taken two seconds or more for a quarter of an hour.',
      atLeast: 2_000,
      periods: 3,
      urgency: 'warn',
      runbook: 'api-latency',
    });
  }

  private watchArchive(): void {
    this.alarm('ArchiveMismatch', {
      metric: archiveMismatch,
      means: 'Archive, Merkle tree or ledger lacked entries that they should have.',
      atLeast: 1,
      urgency: 'page',
      runbook: 'archive-mismatch',
    });
    this.alarm('LedgerTampered', {
      metric: ledgerTampered,
      means: 'Somebody changed or removed an entry of the ledger, which no role of the control plane can.',
      atLeast: 1,
      urgency: 'page',
      runbook: 'ledger-tampered',
    });
  }

  private watchSealing(): void {
    for (const [service, means] of Object.entries(sealers)) {
      this.alarm(`SealLag-${service}`, {
        metric: sealLag(service),
        means,
        atLeast: Duration.minutes(2).toSeconds(),
        urgency: 'page',
        runbook: 'seal-lag',
      });
    }
  }

  private watchStoppedClocks(): void {
    for (const [name, { service, of, runbook }] of Object.entries(rescues)) {
      this.alarm(name, {
        metric: written(name, service, period),
        means: `The clock of ${of} had stopped; the sweeper did what was due and started another.`,
        atLeast: 1,
        urgency: 'warn',
        runbook,
      });
    }
  }

  private alarm(id: string, props: DistributiveOmit<PagingAlarmProps, 'topics' | 'owner'>): void {
    new PagingAlarm(this, id, { ...props, topics: this.topics, owner: 'platform-on-call' });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A metric that a function writes by itself. */
const written = (metricName: string, service: string, over: Duration): Metric =>
  new Metric({ namespace: metricsNamespace, metricName, dimensionsMap: { service }, statistic: SUM, period: over });

/** Who seals and who signs, and what it means when that comes late. */
const sealers = {
  'platform-archiver': 'Entries came into the Merkle tree two minutes after they were written, or later.',
  'audit-sealer': 'Entries waited two minutes or more for a signed checkpoint.',
};

const sealLag = (service: string): Metric => written('SealLagSeconds', service, period).with({ statistic: MAXIMUM });
const archiveMismatch = written('ArchiveMismatch', 'audit-reconciler', Duration.hours(1));
const ledgerTampered = written('LedgerTampered', 'platform-archiver', period);

const waiting = (queue: DeadLetters): Metric =>
  queue.metricApproximateNumberOfMessagesVisible({ statistic: MAXIMUM, period });

/** `Authority-Sweeper-DeadLetters` */
const labelOf = (queue: DeadLetters): string => queue.node.path.split('/').slice(1).join('-');

function widgets(functions: ControlFunction[], letters: DeadLetters[], api: RestApi): IWidget[][] {
  const graph = (title: string, left: Metric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });
  const named = (metric: 'metricErrors' | 'metricDuration', statistic: string): Metric[] =>
    functions.map(({ lambda, label }) => lambda[metric]({ statistic, label }));
  return [
    [
      graph('Requests and refusals', [api.metricCount(), api.metricClientError(), api.metricServerError()]),
      graph('Latency', [api.metricLatency({ statistic: 'p50' }), api.metricLatency({ statistic: 'p99' })]),
    ],
    [graph('Errors', named('metricErrors', SUM)), graph('Duration p99', named('metricDuration', 'p99'))],
    [graph('Dead letters', letters.map(waiting)), graph('Archive mismatches', [archiveMismatch])],
  ];
}
