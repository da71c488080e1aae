import * as z from 'zod';
import { DependencyId, DomainId, PrincipalId, ReservationId, Slug, TaskId, TeamId, Timestamp } from '../shared/ids.ts';

export const ResourceId = Slug.meta({ id: 'ResourceId', example: 'gpu-cluster' });
export const Amount = z.int().min(1).max(1_000_000_000);
const Name = z.string().trim().min(1).max(200);
const Unit = z.string().trim().min(1).max(40);
export const Purpose = z.string().trim().min(1).max(500);

/** Something that many need and that has only so much of itself at any time. */
export const Resource = z
  .strictObject({
    id: ResourceId,
    version: z.int().min(1),
    name: Name,
    domain: DomainId.meta({ description: 'Whose orchestrator says how much there is of it.' }),
    capacity: Amount.meta({ description: 'How much of it can be reserved for the same time.' }),
    unit: Unit.meta({ example: 'seats' }),
    created_by: PrincipalId,
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Resource' });
export type Resource = z.output<typeof Resource>;

export const NewResource = z
  .strictObject({ id: ResourceId, name: Name, domain: DomainId, capacity: Amount, unit: Unit })
  .meta({ id: 'NewResource' });
export const ResourcePatch = z
  .strictObject({ name: Name, capacity: Amount, unit: Unit })
  .partial()
  .meta({ id: 'ResourcePatch' });

/** Who has, or wanted, an amount of a resource. */
export const Holder = z
  .strictObject({
    principal: PrincipalId,
    domain: z.string().meta({ description: 'Its domain; `enterprise` for those above the domains.' }),
    team: TeamId.nullable(),
  })
  .meta({ id: 'ReservationHolder' });
export type Holder = z.output<typeof Holder>;

/** An amount of a resource for a time; what is reserved is there. */
export const ResourceReservation = z
  .strictObject({
    id: ReservationId,
    version: z.int().min(1),
    state: z.literal(['reserved', 'cancelled', 'over']).meta({
      description: '`over` is told of a reservation whose time has passed; nothing happens to it then.',
    }),
    resource_id: ResourceId,
    domain: DomainId.meta({ description: 'Domain of the resource.' }),
    holder: Holder,
    from: Timestamp,
    to: Timestamp.meta({ description: 'Exclusive.' }),
    amount: Amount,
    task_id: TaskId.nullable(),
    purpose: Purpose,
    dependency_id: DependencyId.nullable().meta({ description: 'The dependency that it is for.' }),
    reserved_at: Timestamp,
    cancelled_at: Timestamp.nullable(),
    cancelled_by: PrincipalId.nullable(),
  })
  .meta({ id: 'ResourceReservation' });
export type ResourceReservation = z.output<typeof ResourceReservation>;

/** A time and an amount of a resource; what can be reserved lies ahead, at most a year, and lasts 31 days at most. */
export const window = { from: Timestamp, to: Timestamp.meta({ description: 'Exclusive.' }), amount: Amount };

export const NewReservation = z
  .strictObject({
    ...window,
    task_id: TaskId.nullable()
      .default(null)
      .meta({ description: 'The task that it is for; one of those who ask for it.' }),
    purpose: Purpose,
  })
  .meta({ id: 'NewResourceReservation' });
