import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { ConflictId, DomainId } from '../shared/ids.ts';
import {
  Conflict,
  ConflictStep,
  NewAgreement,
  NewConflict,
  NewInterests,
  NewOption,
  NewPerspective,
} from './conflict-contract.ts';
import { KnowledgeId, KnowledgeItem, NewResolution } from './resolution-contract.ts';

export * from './conflict-contract.ts';
export * from './events.ts';
export * from './party-contract.ts';
export * from './resolution-contract.ts';

const oneConflict = z.strictObject({ id: ConflictId });
const domain = DomainId.optional().meta({ description: 'A domain that it concerns; that of the caller where absent.' });
const spoken = [
  'NotFound',
  'NotAParty',
  'AlreadySpoken',
  'StepOutOfOrder',
  'ConflictClosed',
  'VersionConflict',
] as const;

const conflictRoutes = defineRoutes({
  openConflict: {
    method: 'POST',
    path: '/conflicts',
    summary: 'Raise a conflict between teams or domains',
    scope: 'conflicts:write',
    body: NewConflict,
    ok: Conflict,
    status: 201,
    etag: true,
    errors: ['AlreadyExists', 'NotAParty', 'OutsideOwnDomain', 'RoleMissing', 'VersionConflict'],
  },
  listConflicts: {
    method: 'GET',
    path: '/conflicts',
    summary: 'Open conflicts, oldest first; a page may be short',
    scope: 'conflicts:read',
    query: PageQuery.extend({ domain, step: ConflictStep.optional() }),
    ok: pageOf(Conflict),
    errors: ['InvalidCursor'],
  },
  getConflict: {
    method: 'GET',
    path: '/conflicts/{id}',
    summary: 'One conflict, with what was said, and its clock',
    scope: 'conflicts:read',
    params: oneConflict,
    ok: Conflict,
    etag: true,
    errors: ['NotFound'],
  },
  givePerspective: {
    method: 'POST',
    path: '/conflicts/{id}/perspectives',
    summary: 'Say how a party sees it, once for each party',
    scope: 'conflicts:write',
    params: oneConflict,
    body: NewPerspective,
    ok: Conflict,
    status: 201,
    errors: spoken,
  },
  giveInterests: {
    method: 'POST',
    path: '/conflicts/{id}/interests',
    summary: 'Say what a party needs, once for each party, when all perspectives were heard',
    scope: 'conflicts:write',
    params: oneConflict,
    body: NewInterests,
    ok: Conflict,
    status: 201,
    errors: [...spoken, 'PerspectivesMissing'],
  },
  proposeOption: {
    method: 'POST',
    path: '/conflicts/{id}/options',
    summary: 'Propose how to settle it, when all perspectives and interests were heard',
    scope: 'conflicts:write',
    params: oneConflict,
    body: NewOption,
    ok: Conflict,
    status: 201,
    errors: ['NotFound', 'NotAParty', 'PerspectivesMissing', 'StepOutOfOrder', 'ConflictClosed', 'VersionConflict'],
  },
  agree: {
    method: 'POST',
    path: '/conflicts/{id}/agreements',
    summary: 'Agree to an option for a party; when all parties agree to the same one, the conflict is settled',
    scope: 'conflicts:write',
    params: oneConflict,
    body: NewAgreement,
    ok: Conflict,
    status: 201,
    errors: ['NotFound', 'NotAParty', 'PerspectivesMissing', 'AlreadySpoken', 'ConflictClosed', 'VersionConflict'],
  },
  resolveConflict: {
    method: 'POST',
    path: '/conflicts/{id}/resolution',
    summary: 'Decide a conflict that was escalated, at its level or above it',
    scope: 'conflicts:write',
    principals: ['domain_orchestrator', 'enterprise_orchestrator', 'human'],
    params: oneConflict,
    body: NewResolution,
    ok: Conflict,
    status: 201,
    errors: [
      'NotFound',
      'OwnConflict',
      'NotThisLevel',
      'PerspectivesMissing',
      'StepOutOfOrder',
      'ConflictClosed',
      'VersionConflict',
    ],
  },
});

const resolutionRoutes = defineRoutes({
  listResolutions: {
    method: 'GET',
    path: '/resolutions',
    summary: 'What is known from conflicts that were settled, newest first; a page may be short',
    scope: 'conflicts:read',
    query: PageQuery.extend({ domain: DomainId.optional().meta({ description: 'All domains where absent.' }) }),
    ok: pageOf(KnowledgeItem),
    errors: ['InvalidCursor'],
  },
  getResolution: {
    method: 'GET',
    path: '/resolutions/{id}',
    summary: 'What is known from one conflict',
    scope: 'conflicts:read',
    params: z.strictObject({ id: KnowledgeId }),
    ok: KnowledgeItem,
    etag: true,
    errors: ['NotFound'],
  },
});

export const routes = { ...conflictRoutes, ...resolutionRoutes };
