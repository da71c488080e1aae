import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Dashboard, GraphWidget, type IWidget, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { ControlFunction } from '../constructs/control-function.ts';
import { DeadLetters } from '../constructs/dead-letters.ts';
import { nameOf } from '../constructs/hosting.ts';
import { PagingAlarm, type Topics } from '../constructs/paging-alarm.ts';
import { StreamConsumer } from '../constructs/stream-consumer.ts';

export type OperationsStackProps = StackProps & {
  /** Stacks whose functions, streams and queues are watched. */
  watched: readonly Stack[];
  api: RestApi;
  topics: Topics;
};

const minutes = (count: number): Duration => Duration.minutes(count);
const owner = 'platform-on-call';

/** What tells people: an alarm for each way to fail, and one page to look at. */
export class OperationsStack extends Stack {
  private readonly topics: Topics;

  constructor(scope: Construct, id: string, config: Config, props: OperationsStackProps) {
    super(scope, id, props);
    this.topics = props.topics;
    const all = props.watched.flatMap((stack) => stack.node.findAll());
    const functions = all.filter((one) => one instanceof ControlFunction);
    const queues = all.filter((one) => one instanceof DeadLetters);
    for (const fn of functions) this.watchFunction(fn);
    for (const stream of all.filter((one) => one instanceof StreamConsumer)) this.watchStream(stream);
    for (const queue of queues) this.watchQueue(queue);
    this.watchApi(props.api);
    this.watchArchive();
    new Dashboard(this, 'Dashboard', { dashboardName: nameOf(config), widgets: widgets(functions, queues, props.api) });
  }

  private watchFunction({ label, lambda }: ControlFunction): void {
    new PagingAlarm(this, `Errors-${label}`, {
      metric: lambda.metricErrors({ period: minutes(5) }),
      means: `${label} failed.`,
      threshold: 1,
      urgency: 'warn',
      runbook: 'function-errors',
      ...this.common,
    });
    new PagingAlarm(this, `Throttles-${label}`, {
      metric: lambda.metricThrottles({ period: minutes(5) }),
      means: `${label} was throttled: the account or the function is out of concurrency.`,
      threshold: 1,
      urgency: 'warn',
      runbook: 'function-throttles',
      ...this.common,
    });
  }

  private watchStream({ consumer }: StreamConsumer): void {
    const metric = consumer.lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: minutes(5) });
    new PagingAlarm(this, `Lag-${consumer.label}`, {
      metric,
      means: `${consumer.label} is more than ten minutes behind the ledger; after a day the stream forgets.`,
      threshold: minutes(10).toMilliseconds(),
      urgency: 'page',
      runbook: 'stream-lag',
      ...this.common,
    });
  }

  private watchQueue(queue: DeadLetters): void {
    const label = queue.node.path.split('/').slice(1).join('-');
    new PagingAlarm(this, `Letters-${label}`, {
      metric: visible(queue),
      means: `Messages that nobody could handle wait in ${label}.`,
      threshold: 1,
      urgency: 'warn',
      runbook: 'dead-letters',
      ...this.common,
    });
  }

  private watchApi(api: RestApi): void {
    new PagingAlarm(this, 'ApiFailures', {
      metric: api.metricServerError({ period: minutes(5), statistic: Stats.SUM }),
      means: 'The API answered with server errors.',
      threshold: 5,
      urgency: 'page',
      runbook: 'api-errors',
      ...this.common,
    });
    new PagingAlarm(this, 'ApiLatency', {
      metric: api.metricLatency({ period: minutes(5), statistic: 'p99' }),
      means: 'One request in a hundred takes longer than two seconds.',
      threshold: 2_000,
      evaluationPeriods: 3,
      urgency: 'warn',
      runbook: 'api-latency',
      ...this.common,
    });
  }

  private watchArchive(): void {
    new PagingAlarm(this, 'ArchiveMismatch', {
      metric: archiveMismatch,
      means: 'The archive lacks entries that the ledger has, or has other content.',
      threshold: 1,
      urgency: 'page',
      runbook: 'archive-mismatch',
      ...this.common,
    });
  }

  private get common() {
    return { topics: this.topics, owner };
  }
}

/** Written by `audit/reconciler` in embedded metric format. */
const archiveMismatch = new Metric({
  namespace: 'EnterpriseOrchestra',
  metricName: 'ArchiveMismatch',
  dimensionsMap: { service: 'audit-reconciler' },
  statistic: Stats.MAXIMUM,
  period: Duration.hours(1),
});

const visible = (queue: IQueue): Metric =>
  queue.metricApproximateNumberOfMessagesVisible({ period: minutes(5), statistic: Stats.MAXIMUM }) as Metric;

function widgets(functions: ControlFunction[], queues: DeadLetters[], api: RestApi): IWidget[][] {
  const graph = (title: string, left: Metric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });
  return [
    [
      graph('Requests and refusals', [api.metricCount(), api.metricClientError(), api.metricServerError()]),
      graph('Latency', [api.metricLatency({ statistic: 'p50' }), api.metricLatency({ statistic: 'p99' })]),
    ],
    [
      graph('Errors', functions.map(({ lambda }) => lambda.metricErrors())),
      graph('Duration p99', functions.map(({ lambda }) => lambda.metricDuration({ statistic: 'p99' }))),
    ],
    [graph('Dead letters', queues.map(visible)), graph('Archive mismatches', [archiveMismatch])],
  ];
}
