import * as z from 'zod';
import { Classification } from '../shared/contract.ts';
import { DependencyId, DomainId, PrincipalId, ReservationId, TaskId, TeamId, Timestamp } from '../shared/ids.ts';
import { Purpose, ResourceId, window } from './resource-contract.ts';

export const DependencyType = z.literal(['blocking', 'informational', 'resource']).meta({
  id: 'DependencyType',
  description:
    '`blocking`: the task cannot be claimed before what it needs was handed over and confirmed. `informational`: it never waits. `resource`: an amount of a shared resource, reserved for a time.',
});

export const DependencyState = z
  .literal(['registered', 'notified', 'tracked', 'at_risk', 'delayed', 'resolved', 'confirmed', 'withdrawn'])
  .meta({
    id: 'DependencyState',
    description:
      'In order: `registered`, `notified` (the providing side was told), `tracked` (it said when), `resolved` (it handed over), `confirmed` (the dependent side took it over). Before it is resolved it may be `at_risk` (late by what is known) and `delayed` (late).',
  });
export type DependencyState = z.output<typeof DependencyState>;

const text = (most: number) => z.string().trim().min(1).max(most);
const Interface = text(4_000).meta({ description: 'What is handed over, and how it is checked.' });
const Reason = text(2_000);
const time = Timestamp.nullable();

/** Whose a side is; nobody's team where that side is a resource. */
const Side = z.strictObject({ domain: DomainId, team: TeamId.nullable() }).meta({ id: 'DependencySide' });
export type Side = z.output<typeof Side>;

export const LateCause = z.literal(['eta_late', 'eta_passed', 'predicted', 'task_failed', 'task_cancelled']).meta({
  id: 'LateCause',
  description:
    '`eta_late`: the ETA is past the need. `eta_passed`: nothing was handed over by the ETA. `predicted`: begun now, the providing task takes longer than is left. Else how the providing task ended.',
});
export type LateCause = z.output<typeof LateCause>;

/** Of what both sides were told last: told again only when it is something else. */
const Alert = z
  .strictObject({
    cause: LateCause,
    basis: z.string().meta({ description: 'What it was found from: the ETA, or the estimate in minutes.' }),
    expected_at: time,
    at: Timestamp,
  })
  .meta({ id: 'DependencyAlert' });

export const Dependency = z
  .strictObject({
    id: DependencyId,
    version: z.int().min(1),
    type: DependencyType,
    state: DependencyState,
    task_id: TaskId.meta({ description: 'The dependent task.' }),
    dependent: Side.meta({ description: 'Its owner when this was registered.' }),
    on: TaskId.nullable().meta({ description: 'The providing task; absent where a resource provides.' }),
    provider: Side.meta({ description: 'Its owner when this was registered.' }),
    booking: z
      .strictObject({ resource_id: ResourceId, reservation_id: ReservationId, ...window })
      .nullable()
      .meta({ description: 'What is reserved, where a resource provides.' }),
    interface: Interface.nullable(),
    needed_by: Timestamp,
    eta: time.meta({ description: 'When the providing side hands over, as it says.' }),
    eta_given_at: time,
    alert: Alert.nullable(),
    classification: Classification,
    registered_by: PrincipalId,
    registered_at: Timestamp,
    notified_at: time,
    tracked_at: time,
    acknowledged_by: PrincipalId.nullable(),
    delayed_at: time,
    resolved_at: time,
    resolved_by: PrincipalId.nullable(),
    delivered: text(4_000).nullable().meta({ description: 'What was handed over, and the evidence of it.' }),
    returned_at: time.meta({ description: 'When the dependent side last refused what was handed over.' }),
    ended_at: time,
    ended_by: PrincipalId.nullable(),
    reason: Reason.nullable().meta({
      description: 'Why it was withdrawn, returned, or its ETA changed, whichever was last.',
    }),
  })
  .meta({ id: 'Dependency' });
export type Dependency = z.output<typeof Dependency>;

const NeededBy = Timestamp.optional().meta({
  description: 'Lies ahead; when the dependent task is due where absent.',
});
const onTask = {
  task_id: TaskId,
  on: TaskId.meta({ description: 'The task that provides.' }),
  needed_by: NeededBy,
};

export const NewDependency = z
  .discriminatedUnion('type', [
    z
      .strictObject({ type: z.literal('blocking'), ...onTask, interface: Interface })
      .meta({ id: 'NewBlockingDependency' }),
    z
      .strictObject({ type: z.literal('informational'), ...onTask, interface: Interface.optional() })
      .meta({ id: 'NewInformationalDependency' }),
    z
      .strictObject({
        type: z.literal('resource'),
        task_id: TaskId,
        resource_id: ResourceId,
        ...window,
        purpose: Purpose,
      })
      .meta({ id: 'NewResourceDependency' }),
  ])
  .meta({ id: 'NewDependency' });
export type NewDependency = z.output<typeof NewDependency>;

const Eta = Timestamp.meta({ description: 'When it will be handed over; lies ahead.' });
export const Acknowledgement = z.strictObject({ eta: Eta }).meta({ id: 'DependencyAcknowledgement' });
export const EtaChange = z.strictObject({ eta: Eta, reason: Reason }).meta({ id: 'DependencyEtaChange' });
export const Handover = z
  .strictObject({ delivered: text(4_000).meta({ description: 'What is handed over, and the evidence of it.' }) })
  .meta({ id: 'DependencyHandover' });
export const Confirmation = z
  .strictObject({
    accepted: z.boolean().meta({ description: '`false` sends it back to the providing side.' }),
    reason: Reason,
  })
  .meta({ id: 'DependencyConfirmation' });
export const Withdrawal = z.strictObject({ reason: Reason }).meta({ id: 'DependencyWithdrawal' });
