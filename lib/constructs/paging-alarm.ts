import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** What is asked of the reader: wake up, look today, decide, or plan ahead. */
export const urgencies = ['page', 'warn', 'escalate', 'plan'] as const;
export type Urgency = (typeof urgencies)[number];
export type Topics = Readonly<Record<Urgency, ITopic>>;

/** When it fires: at this value and above, or when the metric stays away. */
type Trigger = { atLeast: number } | { silent: true };

export type PagingAlarmProps = Trigger & {
  metric: IMetric;
  /** What is wrong when it fires, as a sentence. */
  means: string;
  /** Periods in a row that must breach; 1 when absent. */
  periods?: number;
  urgency: Urgency;
  topics: Topics;
  /** Team that answers. */
  owner: string;
  /** File under `docs/runbooks/`, without extension. */
  runbook: string;
};

/** An alarm that tells somebody something that they can act on. */
export class PagingAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: PagingAlarmProps) {
    super(scope, id);
    const { means, urgency, owner, runbook } = props;
    this.alarm = new Alarm(this, 'Alarm', {
      metric: props.metric,
      alarmDescription: `${means} Urgency: ${urgency}. Owner: ${owner}. Runbook: docs/runbooks/${runbook}.md`,
      evaluationPeriods: props.periods ?? 1,
      ...('silent' in props ? onSilence : onValue(props.atLeast)),
    });
    const action = new SnsAction(props.topics[urgency]);
    this.alarm.addAlarmAction(action);
    this.alarm.addOkAction(action);
  }
}

const onSilence = {
  threshold: 1,
  comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.BREACHING,
};

/** These metrics are written when something happens; no data says that nothing did. */
const onValue = (threshold: number) => ({
  threshold,
  comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
});
