import { randomBytes } from 'node:crypto';

/** W3C trace context of one request. */
export type Trace = { traceId: string; traceparent: string };

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const zero = /^0+$/;

/** Continues the caller's trace with a span of our own; begins a trace when the header is absent or not valid. */
export function continueTrace(header: string | undefined): Trace {
  const [, id, parent, flags] = form.exec(header ?? '') ?? [];
  const valid = id !== undefined && parent !== undefined && !zero.test(id) && !zero.test(parent);
  const traceId = valid ? id : randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-${valid ? flags : '01'}` };
}
