import type { Bindings } from '../shared/serve.ts';
import type { routes } from './contract.ts';
import type { Deps } from './deps.ts';
import { addDomain } from './operations/add-domain.ts';
import { addTeam } from './operations/add-team.ts';
import { changeAgent } from './operations/change-agent.ts';
import { changeDomain } from './operations/change-domain.ts';
import { changeOfficer } from './operations/change-officer.ts';
import { changeTeam } from './operations/change-team.ts';
import { getAgent, getDomain, getOrganization, getPrincipal, getTeam } from './operations/get-records.ts';
import { importOrganization } from './operations/import-organization.ts';
import { listAgents, listDomains, listOfficers, listTeams } from './operations/list-records.ts';
import { registerAgent } from './operations/register-agent.ts';
import { registerOfficer } from './operations/register-officer.ts';
import { sendHeartbeat } from './operations/send-heartbeat.ts';
import { signKeys } from './presence-store.ts';

/** Which operation answers which route. */
export const bindings = (deps: Deps): Bindings<typeof routes> => ({
  listAgents: (call) => listAgents(deps, call),
  registerAgent: (call) => registerAgent(deps, call),
  getAgent: ({ params }) => getAgent(deps, params.id),
  changeAgent: (call) => changeAgent(deps, call),
  listTeams: (call) => listTeams(deps, call),
  addTeam: (call) => addTeam(deps, call),
  getTeam: ({ params }) => getTeam(deps, params.id),
  changeTeam: (call) => changeTeam(deps, call),
  listDomains: (call) => listDomains(deps, call),
  addDomain: (call) => addDomain(deps, call),
  getDomain: ({ params }) => getDomain(deps, params.id),
  changeDomain: (call) => changeDomain(deps, call),
  listOfficers: (call) => listOfficers(deps, call),
  registerOfficer: (call) => registerOfficer(deps, call),
  getPrincipal: ({ params }) => getPrincipal(deps, params.id),
  changeOfficer: (call) => changeOfficer(deps, call),
  getOrganization: () => getOrganization(deps),
  importOrganization: (call) => importOrganization(deps, call),
  sendHeartbeat: { load: ({ id }) => signKeys(id), run: (call, loaded) => sendHeartbeat(deps, call, loaded) },
});
