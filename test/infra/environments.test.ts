import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkConfig, readConfig } from '../../lib/config.ts';
import { type Synthesis, synthesize } from './synthesis.ts';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const fileOf = (env: string) => JSON.parse(readFileSync(at(`config/${env}.json`), 'utf8')) as Record<string, unknown>;
const contextOf = (values: Record<string, unknown>) => (key: string) => values[key];

/** Without the names of the environment and what is hashed from them. */
const neutral = (value: unknown) =>
  JSON.stringify(value)
    .replaceAll(/Orchestra-?(Dev|Prod|Local)|\b(dev|prod|local)\b/g, '·')
    .replaceAll(/[0-9a-f]{32,64}|[0-9A-F]{8}/g, '·');

/** What is deployed, whatever its settings. */
const inventory = ({ all }: Synthesis) => all.map(([id, { Type }]) => neutral(`${Type} ${id}`)).toSorted();

describe('environments', () => {
  it.each(['dev', 'prod'])('[OPS-2] %s passes the schema check of the CDK and every rule pack', (env) => {
    expect(synthesize(env, {}, true).stacks).toHaveLength(6);
  });

  it('[OPS-2] deploys the same in dev and prod: they differ in settings only', () => {
    expect(inventory(synthesize('prod'))).toEqual(inventory(synthesize('dev')));
  });

  it('[OPS-2] gives prod, with the settings of dev, the templates of dev', () => {
    const dev = synthesize('dev');
    const prod = synthesize('prod', fileOf('dev'));
    const pairs = prod.all.map(([id, resource], index) => [neutral([id, resource]), neutral(dev.all[index])]);
    for (const [inProd, inDev] of pairs) expect(inProd).toBe(inDev);
  });

  it('[OPS-2] knows no environment by name in the code', () => {
    const files = readdirSync(at('lib'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      const code = readFileSync(at(`lib/${file}`), 'utf8').replaceAll("?? 'dev'", '');
      expect(code, file).not.toMatch(/['"](dev|prod|local)['"]/);
    }
  });

  it('[OPS-2] protects the stacks that keep data in prod', () => {
    const protectedStacks = synthesize('prod').stacks.filter(({ terminationProtection }) => terminationProtection);
    expect(protectedStacks.map(({ stackName }) => stackName).toSorted()).toEqual(
      ['Data', 'Identity', 'Messaging'].map((name) => `Orchestra-Prod-${name}`),
    );
  });

  it('[OPS-1] deploys on the local cloud what it deploys in dev', () => {
    const { runtimes } = fileOf('dev');
    expect(inventory(synthesize('local', { runtimes }))).toEqual(inventory(synthesize('dev')));
  });
});

describe('configuration', () => {
  it('takes dev when nobody says otherwise', () => {
    expect(readConfig(contextOf({})).env).toBe('dev');
  });

  it.each([
    ['log_retention_days', '90', 90],
    ['allowed_cidrs', '10.0.0.0/8,192.0.2.1/32', ['10.0.0.0/8', '192.0.2.1/32']],
    ['allowed_cidrs', '["10.0.0.0/8"]', ['10.0.0.0/8']],
    ['alert_emails', 'a@example.com', ['a@example.com']],
    ['account', '000000000000', '000000000000'],
    ['termination_protection', 'true', true],
    ['archive_lock', '{"mode":"COMPLIANCE","days":7}', { mode: 'COMPLIANCE', days: 7 }],
  ] as const)('reads --context %s=%s', (key, given, expected) => {
    expect(readConfig(contextOf({ env: 'dev', [key]: given }))[key]).toEqual(expected);
  });

  it.each([
    ['log_retention_days', '31', 'log_retention_days'],
    ['allowed_cidrs', 'everywhere', 'allowed_cidrs.0'],
    ['archive_lock', '{"mode":"SOFT","days":1}', 'archive_lock.mode'],
    ['domains', 'product,enterprise', 'domains.1'],
    ['domains', 'product,product', 'domains'],
    ['rate_limit_per_minute', 'many', 'rate_limit_per_minute'],
  ])('names the field when --context %s=%s is wrong', (key, given, field) => {
    expect(() => readConfig(contextOf({ env: 'dev', [key]: given }))).toThrow(`  ${field}: `);
  });

  it('names what is missing and what nobody asked for', () => {
    const { removal, ...rest } = fileOf('dev');
    expect(removal).toBe('RETAIN');
    const check = () => checkConfig({ ...rest, env: 'dev', lambda_memory: 1 }, 'a test');
    expect(check).toThrow('  removal: ');
    expect(check).toThrow('lambda_memory');
  });

  it('names an environment that has no file', () => {
    expect(() => readConfig(contextOf({ env: 'staging' }))).toThrow('config/staging.json cannot be read');
    expect(() => readConfig(contextOf({ env: '../dev' }))).toThrow('is not a name');
  });

  it('refuses a runtime that asks for a scope that nobody declared', () => {
    const runtimes = [{ name: 'operator', scopes: ['everything:write'] }];
    expect(() => synthesize('dev', { runtimes })).toThrow('everything:write');
  });
});
