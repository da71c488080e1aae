import * as z from 'zod';
import { Concerns, defineEvent } from '../shared/contract.ts';

const dependency = z.object({
  dependency_id: z.string(),
  type: z.string(),
  state: z.string(),
  task_id: z.string(),
  on: z.string().nullable(),
  resource_id: z.string().nullable(),
  dependent_domain: z.string(),
  dependent_team: z.string().nullable(),
  provider_domain: z.string(),
  provider_team: z.string().nullable(),
  needed_by: z.string(),
  eta: z.string().nullable(),
  concerns: Concerns,
});
const late = dependency.extend({ cause: z.string().nullable(), expected_at: z.string().nullable() });
const reasoned = dependency.extend({ reason: z.string() });

export const dependencyRegistered = defineEvent(
  'orchestra.dependency.registered.v1',
  'A task needs something of another task, or of a resource.',
  dependency,
);
export const dependencyNotified = defineEvent(
  'orchestra.dependency.notified.v1',
  'The providing side of a dependency was told.',
  dependency,
);
export const dependencyTracked = defineEvent(
  'orchestra.dependency.tracked.v1',
  'The providing side said when it hands over.',
  dependency,
);
export const dependencyEtaChanged = defineEvent(
  'orchestra.dependency.eta-changed.v1',
  'The providing side said another time of the handover.',
  reasoned,
);
export const dependencyAtRisk = defineEvent(
  'orchestra.dependency.at-risk.v1',
  'A dependency will be late by what is known now. Told before the deadline, once per change.',
  late,
);
export const dependencyRecovered = defineEvent(
  'orchestra.dependency.recovered.v1',
  'A dependency that was at risk is in time again.',
  dependency,
);
export const dependencyDelayed = defineEvent(
  'orchestra.dependency.delayed.v1',
  'What a task needs was not handed over in time.',
  late,
);
export const dependencyResolved = defineEvent(
  'orchestra.dependency.resolved.v1',
  'The providing side handed over; the dependent side has to confirm.',
  dependency.extend({ resolved_by: z.string() }),
);
export const dependencyConfirmed = defineEvent(
  'orchestra.dependency.confirmed.v1',
  'The dependent side took over what it needs.',
  dependency.extend({ confirmed_by: z.string() }),
);
export const dependencyReturned = defineEvent(
  'orchestra.dependency.returned.v1',
  'The dependent side refused what was handed over.',
  reasoned,
);
export const dependencyWithdrawn = defineEvent(
  'orchestra.dependency.withdrawn.v1',
  'A dependency is not needed any more.',
  reasoned,
);

const resource = z.object({
  resource_id: z.string(),
  domain: z.string(),
  capacity: z.int(),
  unit: z.string(),
  concerns: Concerns,
});
export const resourceAdded = defineEvent('orchestra.resource.added.v1', 'A shared resource can be reserved.', resource);
export const resourceChanged = defineEvent('orchestra.resource.changed.v1', 'A shared resource was changed.', resource);

const holder = { principal_id: z.string(), domain: z.string(), team: z.string().nullable() };
const reservation = z.object({
  resource_id: z.string(),
  from: z.string(),
  to: z.string(),
  amount: z.int(),
  task_id: z.string().nullable(),
  ...holder,
  concerns: Concerns,
});
export const reservationMade = defineEvent(
  'orchestra.reservation.made.v1',
  'An amount of a resource is reserved for a time.',
  reservation.extend({ reservation_id: z.string(), dependency_id: z.string().nullable() }),
);
export const reservationCancelled = defineEvent(
  'orchestra.reservation.cancelled.v1',
  'A reservation was given up; what it held is free.',
  reservation.extend({ reservation_id: z.string(), dependency_id: z.string().nullable(), reason: z.string() }),
);
export const reservationRefused = defineEvent(
  'orchestra.reservation.refused.v1',
  'A resource could not be reserved, because another team has it.',
  reservation.extend({
    refusal_id: z.string(),
    capacity: z.int(),
    next_free_from: z.string().nullable(),
    holders: z
      .array(
        z.object({
          reservation_id: z.string(),
          ...holder,
          task_id: z.string().nullable(),
          from: z.string(),
          to: z.string(),
          amount: z.int(),
        }),
      )
      .meta({ description: 'Reservations that stand in the way, the largest first; at most 20.' }),
  }),
);
export type ReservationRefused = z.output<(typeof reservationRefused)['data']>;
