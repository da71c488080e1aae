import * as z from 'zod';
import { defineRoutes, pageOf, PageQuery } from '../shared/contract.ts';
import { DependencyId, DomainId, ReservationId, TaskId, Timestamp } from '../shared/ids.ts';
import {
  Acknowledgement,
  Confirmation,
  Dependency,
  EtaChange,
  Handover,
  NewDependency,
  Withdrawal,
} from './dependency-contract.ts';
import {
  NewReservation,
  NewResource,
  Purpose,
  Resource,
  ResourceId,
  ResourcePatch,
  ResourceReservation,
} from './resource-contract.ts';

export * from './dependency-contract.ts';
export * from './events.ts';
export * from './resource-contract.ts';

const one = z.strictObject({ id: DependencyId });
const leaders = ['domain_orchestrator', 'enterprise_orchestrator', 'human'] as const;
const step = ['NotFound', 'StepOutOfOrder', 'NotAParty', 'RoleMissing', 'VersionConflict'] as const;

const dependencyRoutes = defineRoutes({
  registerDependency: {
    method: 'POST',
    path: '/dependencies',
    summary: 'Say that a task needs something of another task, or of a resource',
    scope: 'dependencies:write',
    body: NewDependency,
    ok: Dependency,
    status: 201,
    etag: true,
    errors: [
      'NotAParty',
      'RoleMissing',
      'TaskNotOpen',
      'DependencyCycle',
      'DependencyGraphTooLarge',
      'ReservationRefused',
      'VersionConflict',
    ],
  },
  listDependencies: {
    method: 'GET',
    path: '/dependencies',
    summary: 'What a task needs, or what it provides, oldest first; a page may be short',
    scope: 'dependencies:read',
    query: PageQuery.extend({
      task: TaskId,
      direction: z.literal(['needs', 'provides']).default('needs'),
    }),
    ok: pageOf(Dependency),
    errors: ['InvalidCursor'],
  },
  getDependency: {
    method: 'GET',
    path: '/dependencies/{id}',
    summary: 'One dependency',
    scope: 'dependencies:read',
    params: one,
    ok: Dependency,
    etag: true,
    errors: ['NotFound'],
  },
  acknowledgeDependency: {
    method: 'POST',
    path: '/dependencies/{id}/acknowledgement',
    summary: 'The providing side says when it hands over',
    scope: 'dependencies:write',
    params: one,
    body: Acknowledgement,
    ok: Dependency,
    errors: step,
  },
  changeEta: {
    method: 'POST',
    path: '/dependencies/{id}/eta',
    summary: 'The providing side says another time of the handover; one that is too late is told to both sides',
    scope: 'dependencies:write',
    params: one,
    body: EtaChange,
    ok: Dependency,
    errors: step,
  },
  resolveDependency: {
    method: 'POST',
    path: '/dependencies/{id}/resolution',
    summary: 'The providing side hands over',
    scope: 'dependencies:write',
    params: one,
    body: Handover,
    ok: Dependency,
    errors: step,
  },
  confirmDependency: {
    method: 'POST',
    path: '/dependencies/{id}/confirmation',
    summary: 'The dependent side takes over what was handed over, or sends it back',
    scope: 'dependencies:write',
    params: one,
    body: Confirmation,
    ok: Dependency,
    errors: [...step, 'OwnWork'],
  },
  withdrawDependency: {
    method: 'POST',
    path: '/dependencies/{id}/withdrawal',
    summary: 'The dependent side does not need it any more',
    scope: 'dependencies:write',
    params: one,
    body: Withdrawal,
    ok: Dependency,
    errors: step,
  },
});

const oneResource = z.strictObject({ id: ResourceId });
const oneReservation = z.strictObject({ id: ReservationId });

const resourceRoutes = defineRoutes({
  addResource: {
    method: 'POST',
    path: '/resources',
    summary: 'Offer a shared resource',
    scope: 'dependencies:write',
    principals: leaders,
    body: NewResource,
    ok: Resource,
    status: 201,
    etag: true,
    errors: ['AlreadyExists', 'OutsideOwnDomain', 'RoleMissing'],
  },
  listResources: {
    method: 'GET',
    path: '/resources',
    summary: 'Shared resources, by id',
    scope: 'dependencies:read',
    query: PageQuery.extend({ domain: DomainId.optional() }),
    ok: pageOf(Resource),
    errors: ['InvalidCursor'],
  },
  getResource: {
    method: 'GET',
    path: '/resources/{id}',
    summary: 'One shared resource',
    scope: 'dependencies:read',
    params: oneResource,
    ok: Resource,
    etag: true,
    errors: ['NotFound'],
  },
  changeResource: {
    method: 'PATCH',
    path: '/resources/{id}',
    summary: 'Change a shared resource; its capacity never below what is reserved',
    scope: 'dependencies:write',
    principals: leaders,
    consumes: ['application/json', 'application/merge-patch+json'],
    params: oneResource,
    body: ResourcePatch,
    ok: Resource,
    etag: true,
    ifMatch: true,
    errors: ['NotFound', 'CapacityBooked', 'OutsideOwnDomain', 'RoleMissing', 'RequestInFlight'],
  },
  reserveResource: {
    method: 'POST',
    path: '/resources/{id}/reservations',
    summary: 'Reserve an amount of a resource for a time; a refusal says when it is free',
    scope: 'dependencies:write',
    params: oneResource,
    body: NewReservation,
    ok: ResourceReservation,
    status: 201,
    etag: true,
    errors: ['NotFound', 'ReservationRefused', 'NotAParty', 'RoleMissing', 'TaskNotOpen', 'VersionConflict'],
  },
  listReservations: {
    method: 'GET',
    path: '/resources/{id}/reservations',
    summary: 'What is reserved of a resource, by its beginning; a page may be short',
    scope: 'dependencies:read',
    params: oneResource,
    query: PageQuery.extend({
      from: Timestamp.optional().meta({ description: 'Now where absent.' }),
      to: Timestamp.optional().meta({ description: '31 days later where absent.' }),
    }),
    ok: pageOf(ResourceReservation),
    errors: ['NotFound', 'InvalidCursor'],
  },
  getReservation: {
    method: 'GET',
    path: '/reservations/{id}',
    summary: 'One reservation',
    scope: 'dependencies:read',
    params: oneReservation,
    ok: ResourceReservation,
    etag: true,
    errors: ['NotFound'],
  },
  cancelReservation: {
    method: 'POST',
    path: '/reservations/{id}/cancellation',
    summary: 'Give a reservation up; the dependency that it was for is withdrawn with it',
    scope: 'dependencies:write',
    params: oneReservation,
    body: z.strictObject({ reason: Purpose }).meta({ id: 'ReservationCancellation' }),
    ok: ResourceReservation,
    errors: ['NotFound', 'ReservationClosed', 'NotAParty', 'RoleMissing', 'VersionConflict'],
  },
});

export const routes = { ...dependencyRoutes, ...resourceRoutes };
