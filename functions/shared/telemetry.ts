import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Structured JSON logs; every line carries the keys appended for the request in hand. */
export const logger = new Logger();

/** CloudWatch metrics by embedded metric format. Dimensions are bounded: service and route, never a principal. */
export const metrics = new Metrics({ namespace: 'EnterpriseOrchestra' });
