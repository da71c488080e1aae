import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { metricsNamespace } from '../constructs/control-function.ts';
import type { PagingAlarmProps } from '../constructs/paging-alarm.ts';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An alarm but for whom it tells. */
export type AlarmProps = DistributiveOmit<PagingAlarmProps, 'topics' | 'owner'>;

/** A metric that a function writes by itself. */
export const written = (metricName: string, service: string, over: Duration): Metric =>
  new Metric({
    namespace: metricsNamespace,
    metricName,
    dimensionsMap: { service },
    statistic: Stats.SUM,
    period: over,
  });

/** A clock that had stopped, and was found by a sweeper. */
const rescued = (metric: string, sweeper: string, of: string, runbook: string): AlarmProps => ({
  metric: written(metric, sweeper, Duration.minutes(5)),
  means: `The clock of ${of} had stopped; the sweeper did what was due and started another.`,
  atLeast: 1,
  urgency: 'warn',
  runbook,
});

/** Alarms on what functions count, beside those that every function has. */
export const counterAlarms: Readonly<Record<string, AlarmProps>> = {
  EscalationsRescued: rescued('EscalationsRescued', 'approvals-sweeper', 'an escalation', 'escalation-stuck'),
  ConflictsRescued: rescued('ConflictsRescued', 'conflicts-sweeper', 'a conflict', 'conflict-unresolved'),
  HandoffsRescued: rescued('HandoffsRescued', 'handoffs-sweeper', 'a handoff', 'handoff-stuck'),
  DependenciesDelayed: {
    metric: written('DependenciesDelayed', 'dependencies-sweeper', Duration.hours(1)),
    means: 'Ten things or more that tasks wait for became late within an hour.',
    atLeast: 10,
    urgency: 'warn',
    runbook: 'dependency-late',
  },
  DependenciesNotFollowed: {
    metric: written('DependenciesNotFollowed', 'dependencies-sweeper', Duration.minutes(5)),
    means: 'The sweeper could not follow a dependency: whoever waits for it may not be warned.',
    atLeast: 1,
    periods: 3,
    urgency: 'warn',
    runbook: 'dependency-late',
  },
};
