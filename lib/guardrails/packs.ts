import { type App, Validations } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  type NagPack,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import type { Config } from '../config.ts';
import { HouseRules } from './house-rules.ts';

/** Rules of a deployment; an exception is acknowledged where it is made, and its reason goes into the template. */
export function rulePacks(app: App, config: Config): NagPack[] {
  const keepsData = config.removal === 'RETAIN';
  // A throw-away deployment has no backups and no replicas to be judged by the public packs.
  return keepsData ? [new HouseRules(keepsData), ...publicPacks(app)] : [new HouseRules(keepsData)];
}

const publicPacks = (app: App): NagPack[] => [
  new AwsSolutionsChecks(app, { writeSuppressionsToCloudFormation: true }),
  new ServerlessChecks(app),
  new NIST80053R5Checks(app),
  new HIPAASecurityChecks(app),
  new PCIDSS321Checks(app),
];

/** Synthesis fails on a finding that nobody acknowledged. */
export const enforceRules = (app: App, config: Config): void =>
  Validations.of(app).addPlugins(...rulePacks(app, config));
