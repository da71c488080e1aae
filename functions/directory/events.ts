import * as z from 'zod';
import { Concerns, defineEvent, PrincipalKind } from '../shared/contract.ts';
import { Status } from '../shared/principal.ts';
import { Skill } from './records.ts';

const concerns = Concerns;
const version = z.int();
/** Names of the fields that differ; readers fetch the record. */
const changed = z.array(z.string());

export const organizationImported = defineEvent(
  'orchestra.organization.imported.v1',
  'An organization document was imported, and everything it changes is written.',
  z.object({
    import_id: z.string(),
    digest: z.string(),
    created: z.int(),
    changed: z.int(),
    retired: z.int(),
    concerns,
  }),
);

const enterprise = z.object({ name: z.string(), version, concerns });
export const enterpriseAdded = defineEvent(
  'orchestra.enterprise.added.v1',
  'The enterprise came into the directory.',
  enterprise,
);
export const enterpriseChanged = defineEvent(
  'orchestra.enterprise.changed.v1',
  'The enterprise was changed.',
  enterprise.extend({ changed }),
);

const domain = z.object({
  domain_id: z.string(),
  name: z.string(),
  status: Status,
  orchestrator: z.string().optional(),
  version,
  concerns,
});
export const domainAdded = defineEvent('orchestra.domain.added.v1', 'A domain came into the directory.', domain);
export const domainChanged = defineEvent(
  'orchestra.domain.changed.v1',
  'A domain was changed, or its status was.',
  domain.extend({ changed }),
);

const team = z.object({
  team_id: z.string(),
  name: z.string(),
  domain: z.string(),
  status: Status,
  version,
  concerns,
});
export const teamAdded = defineEvent('orchestra.team.added.v1', 'A team came into the directory.', team);
export const teamChanged = defineEvent(
  'orchestra.team.changed.v1',
  'A team was changed, or its status was.',
  team.extend({ changed }),
);

const agent = z.object({ agent_id: z.string(), domain: z.string(), team: z.string(), version, concerns });
export const agentRegistered = defineEvent(
  'orchestra.agent.registered.v1',
  'An agent came into the directory, active.',
  agent.extend({ name: z.string(), skills: z.array(Skill), capacity: z.int() }),
);
export const agentChanged = defineEvent(
  'orchestra.agent.changed.v1',
  'An agent was changed; its status was not.',
  agent.extend({ changed }),
);
export const agentStatusChanged = defineEvent(
  'orchestra.agent.status-changed.v1',
  'The status of an agent changed; `changed` names other fields that changed with it.',
  agent.extend({ from: Status, to: Status, reason: z.string().optional(), changed }),
);

const presence = agent.extend({ since: z.string() });
export const agentReachable = defineEvent(
  'orchestra.agent.reachable.v1',
  'An agent was heard of, for the first time or after it was unreachable.',
  presence.extend({ first: z.boolean(), load: z.int(), strained: z.boolean() }),
);
export const agentStrained = defineEvent(
  'orchestra.agent.strained.v1',
  'The load that an agent reports has passed 90 % of its capacity, up or (not `strained` any more) down.',
  presence.extend({ load: z.int(), strained: z.boolean() }),
);
export const agentUnreachable = defineEvent(
  'orchestra.agent.unreachable.v1',
  'An agent was not heard of for three intervals.',
  presence.extend({ last_seen: z.string() }),
);

const principal = z.object({
  principal_id: z.string(),
  kind: PrincipalKind,
  name: z.string(),
  domain: z.string().optional(),
  status: Status,
  version,
  concerns,
});
export const principalRegistered = defineEvent(
  'orchestra.principal.registered.v1',
  'An orchestrator or a human came into the directory, active.',
  principal,
);
export const principalChanged = defineEvent(
  'orchestra.principal.changed.v1',
  'An orchestrator or a human was changed, or its status was.',
  principal.extend({ changed }),
);
