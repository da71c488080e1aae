import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { HouseRules } from './house-rules.ts';

/** Rule packs that every synthesis must pass; an exception is acknowledged where it is made, with its reason. */
export const rulePacks = (app: App) => [
  new HouseRules(app),
  new AwsSolutionsChecks(app),
  new ServerlessChecks(app),
  new NIST80053R5Checks(app),
  new HIPAASecurityChecks(app),
  new PCIDSS321Checks(app),
];

/** Makes synthesis fail on what the rules do not allow. */
export const enforce = (app: App): void => Validations.of(app).addPlugins(...rulePacks(app));
