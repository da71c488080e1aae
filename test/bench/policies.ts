import { readdirSync, readFileSync } from 'node:fs';

const pack = new URL('../../policies/', import.meta.url);

/** How many policies every verdict is measured with. */
export const policyCount = 50;

/** The policies that a deployment brings. */
export const starterPack = (): string[] =>
  readdirSync(pack)
    .filter((name) => name.endsWith('.cedar'))
    .map((name) => readFileSync(new URL(name, pack), 'utf8'));

/** The starter pack, and a file of ordinary further policies that makes the set up to `policyCount`. */
export function manyPolicies(): string[] {
  const files = starterPack();
  const present = files.reduce((count, text) => count + [...text.matchAll(/^@id\(/gm)].length, 0);
  const further = Array.from({ length: policyCount - present }, (_, n) =>
    [forbidTool, forbidSpending, forbidAccess][n % 3]?.(n),
  );
  return [...files, further.join('\n')];
}

const labels = (n: number, kind: string, title: string): string =>
  `@id("bench-${n}")\n@title("${title}")\n@advice("Ask the owner of rule ${n}.")\n@kind("${kind}")\n`;

const forbidTool = (n: number): string =>
  `${labels(n, 'access_control', `Tool ${n} is for operators`)}forbid (principal, action == Orchestra::Action::"call_tool", resource)
when { context has tool && context.tool == "tool-${n}" }
unless { principal.roles.contains("operator") };`;

const forbidSpending = (n: number): string =>
  `${labels(n, 'resource_limit', `Campaign ${n} has a budget`)}@verdict("escalate")
forbid (principal is Orchestra::Agent, action, resource == Orchestra::Target::"campaign-${n}")
when { context.estimate.cost_micro_usd > ${1_000_000 + n} };`;

const forbidAccess = (n: number): string =>
  `${labels(n, 'access_control', `Store ${n} holds personal data`)}forbid (principal, action == Orchestra::Action::"access_data", resource)
when { resource.kind == "store-${n}" && ["internal", "sensitive"].contains(context.classification) }
unless { principal.level == "enterprise" || principal.roles.contains("auditor") };`;
