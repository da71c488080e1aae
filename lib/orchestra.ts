import { type App, Tags } from 'aws-cdk-lib';
import type { Config } from './config.ts';
import { enforceRules } from './guardrails/packs.ts';
import { ApiStack } from './stacks/api.ts';
import { ControlPlaneStack } from './stacks/control-plane.ts';
import { DataStack } from './stacks/data.ts';
import { IdentityStack } from './stacks/identity.ts';
import { MessagingStack } from './stacks/messaging.ts';
import { OperationsStack } from './stacks/operations.ts';

/** All stacks of one deployment, `Orchestra-Dev-*`. What must last is apart from what is replaced often. */
export function composeOrchestra(app: App, config: Config) {
  const prefix = `Orchestra-${config.env.charAt(0).toUpperCase()}${config.env.slice(1)}`;
  const { account, region } = config;
  const env = { ...(account ? { account } : {}), ...(region ? { region } : {}) };
  const plain = (description: string) => ({ env, description: `Enterprise Orchestra: ${description}` });
  const lasting = (description: string) => ({
    ...plain(description),
    terminationProtection: config.termination_protection,
  });
  const identity = new IdentityStack(app, `${prefix}-Identity`, config, lasting('who may get a token'));
  const data = new DataStack(app, `${prefix}-Data`, config, lasting('state, ledger, archive and keys'));
  const messaging = new MessagingStack(app, `${prefix}-Messaging`, config, lasting('buses and topics'));
  const under = { identity, data, messaging };
  const controlPlane = new ControlPlaneStack(app, `${prefix}-ControlPlane`, config, under, plain('functions'));
  const { key, authorizer, exposes } = controlPlane;
  const api = new ApiStack(app, `${prefix}-Api`, config, { ...plain('the way in'), key, authorizer, exposes });
  const operations = new OperationsStack(app, `${prefix}-Operations`, config, {
    ...plain('alarms and dashboard'),
    watched: [identity, data, messaging, controlPlane, api],
    api: api.api,
    messaging,
  });
  enforceRules(app, config);
  Tags.of(app).add('application', 'enterprise-orchestra');
  Tags.of(app).add('environment', config.env);
  return { identity, data, messaging, controlPlane, api, operations };
}
