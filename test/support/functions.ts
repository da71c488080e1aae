import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Reply } from './world.ts';
import { world } from './world.ts';

/** Name of a deployed function: `audit-reconciler`. */
export const functionName = (label: string): string => `orchestra-local-${label}`;

/** What a deployed function answered, parsed; `error` when it failed. */
export async function invoke(label: string, event: unknown): Promise<{ error?: string; answer: Reply['body'] }> {
  world();
  const reply = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: functionName(label), Payload: Buffer.from(JSON.stringify(event)) }),
  );
  const text = Buffer.from(reply.Payload ?? []).toString();
  const answer: unknown = text === '' ? undefined : JSON.parse(text);
  return { answer, ...(reply.FunctionError === undefined ? {} : { error: reply.FunctionError }) };
}

export type LogLine = Record<string, unknown>;

/** Structured lines that a deployed function has logged since then, oldest first; what is not JSON is left out. */
export async function logLines(label: string, since: Date): Promise<LogLine[]> {
  world();
  const name = functionName(label);
  const settings = await new LambdaClient({}).send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const logGroupName = settings.LoggingConfig?.LogGroup;
  const logs = new CloudWatchLogsClient({});
  const lines: LogLine[] = [];
  let nextToken: string | undefined;
  do {
    const asked = { logGroupName, startTime: since.getTime(), nextToken };
    const page = await logs.send(new FilterLogEventsCommand(asked));
    for (const { message = '' } of page.events ?? []) if (message.startsWith('{')) lines.push(JSON.parse(message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return lines;
}

/** The metric of an embedded metric line: its values, and the dimensions that it is filed under. */
export function metricIn(line: LogLine, name: string): { values: number[]; dimensions: LogLine } | undefined {
  const { CloudWatchMetrics = [] } = (line[embedded] ?? {}) as { CloudWatchMetrics?: MetricDirective[] };
  const directive = CloudWatchMetrics.find(({ Metrics }) => Metrics.some(({ Name }) => Name === name));
  if (!directive) return undefined;
  const dimensions = Object.fromEntries(directive.Dimensions.flat().map((key) => [key, line[key]]));
  return { values: [line[name]].flat() as number[], dimensions };
}

const embedded = '_aws';
type MetricDirective = { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] };
