import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';

/** The level above the domains; it has a bus like each of them. */
export const enterprise = 'enterprise';

const Domain = z
  .string()
  .regex(/^[a-z][a-z0-9-]{2,30}$/, 'must be lower case letters, digits and -')
  .refine((name) => name !== enterprise, 'is the name of the level above the domains');
const Days = z.int().min(1);

const Runtime = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{2,31}$/, 'must be lower case letters, digits and -'),
  scopes: z.array(z.string().min(1)).min(1),
});

const OidcIssuer = z.strictObject({ issuer: z.url(), jwks_uri: z.url(), audience: z.string().min(1) });

/** Everything in which deployments differ. `config/<env>.json` gives it; `--context key=value` overrides one key. */
export const Config = z.strictObject({
  env: z.string().regex(/^[a-z][a-z0-9]{1,11}$/, 'must be 2 to 12 lower case letters and digits'),
  account: z
    .string()
    .regex(/^[0-9]{12}$/, 'must be 12 digits')
    .optional(),
  region: z.string().min(1).optional(),
  /** Each gets an event bus; the directory accepts these and no others. */
  domains: z
    .array(Domain)
    .min(1)
    .max(20)
    .refine((names) => new Set(names).size === names.length, 'must not repeat'),
  /** One Cognito app client each: a team's or platform's runtime, never a single agent. */
  runtimes: z.array(Runtime).min(1),
  /** People sign in on Cognito's pages; where they are sent back to, and what their tokens may be used for. */
  people: z.strictObject({ callback_urls: z.array(z.url()).min(1), scopes: z.array(z.string().min(1)).min(1) }),
  /** Issuers that are trusted beside Cognito. */
  oidc: z.array(OidcIssuer),
  /** Client of the operator, when its tokens come from one of `oidc` and not from Cognito. */
  operator_client_id: z.string().min(1).optional(),
  /** Where Cognito publishes its keys, when not at the public endpoint. */
  cognito_jwks_base: z.url().optional(),
  /** Client networks; empty admits every address. */
  allowed_cidrs: z.array(z.union([z.cidrv4(), z.cidrv6()])),
  alert_emails: z.array(z.email()),
  /** A span that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90 … days. */
  log_retention_days: z.enum(RetentionDays),
  archive_lock: z.strictObject({ mode: z.literal(['GOVERNANCE', 'COMPLIANCE']), days: Days }),
  /** How long each bus keeps its events for replay; 0 where the cloud offers no archive. */
  event_archive_days: z.int().min(0),
  /** How long daily backups of the tables are kept, beside point-in-time recovery; 0 makes none. */
  backup_days: z.int().min(0),
  /** What CloudFormation does with data when its stack or resource is removed. */
  removal: z.literal(['RETAIN', 'DESTROY']),
  termination_protection: z.boolean(),
  throttle: z.strictObject({ rate: z.int().min(1), burst: z.int().min(1) }),
  cache: z.strictObject({
    enabled: z.boolean(),
    size: z.literal(['0.5', '1.6', '6.1', '13.5', '28.4', '58.2', '118', '237']),
  }),
  rate_limit_per_minute: z.int().min(20),
  ledger_shards: z.int().min(1).max(64),
  receipt_ttl_seconds: z.int().min(60).max(86_400),
  outcome_due_hours: z.int().min(1).max(720),
  /** How long a claim on a task lives without a heartbeat. */
  lease_seconds: z.int().min(5).max(86_400),
  /** How often agents send heartbeats; one that is silent for three times as long is unreachable. */
  heartbeat_seconds: z.int().min(2).max(3600),
  authorizer_cache_seconds: z.int().min(0).max(3600),
  custom_domain: z
    .strictObject({
      name: z.string().min(4),
      certificate_arn: z.string().startsWith('arn:'),
      hosted_zone: z.strictObject({ id: z.string().min(1), name: z.string().min(1) }).optional(),
    })
    .optional(),
  /** Where people decide on escalations; the API itself when absent. */
  console_url: z.url().optional(),
  web_acl_arn: z.string().startsWith('arn:').optional(),
});
export type Config = z.output<typeof Config>;

type Context = (key: string) => unknown;

/**
 * Configuration of the environment that the context names, `dev` when it names none.
 * @throws Error naming each field that is missing, unknown or wrong
 */
export function readConfig(context: Context): Config {
  const env = context('env') ?? 'dev';
  if (typeof env !== 'string' || !/^[a-z0-9]+$/.test(env)) throw new Error(`env: ${JSON.stringify(env)} is not a name`);
  return checkConfig({ ...fileOf(env), ...overrides(context), env }, `config/${env}.json`);
}

/** @param source named in the error */
export function checkConfig(given: unknown, source: string): Config {
  const read = Config.safeParse(given);
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => `  ${issue.path.join('.') || '(root)'}: ${issue.message}`);
  throw new Error(`The configuration (${source} and --context) is not valid:\n${faults.join('\n')}`);
}

function fileOf(env: string): Record<string, unknown> {
  const path = fileURLToPath(new URL(`../config/${env}.json`, import.meta.url));
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`env: ${path} cannot be read`, { cause: error });
  }
}

function overrides(context: Context): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(Config.shape)) {
    const value = context(key);
    if (value !== undefined && key !== 'env') given[key] = typed(field, value);
  }
  return given;
}

/** The command line gives text: take it as it is where it fits the field, else as JSON, else, for a list, part by part. */
function typed(field: z.ZodType, value: unknown): unknown {
  if (typeof value !== 'string' || field.safeParse(value).success) return value;
  try {
    return JSON.parse(value);
  } catch {
    return field instanceof z.ZodArray ? value.split(',').map((part) => part.trim()) : value;
  }
}

/** RETAIN keeps what holds data, but for a resource whose own creation fails: CloudFormation may tidy that up. */
export const removalOf = ({ removal }: Config): RemovalPolicy =>
  removal === 'RETAIN' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
