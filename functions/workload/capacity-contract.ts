import * as z from 'zod';
import { SkillName } from '../directory/contract.ts';
import { defineRoutes } from '../shared/contract.ts';
import { DomainId, Timestamp } from '../shared/ids.ts';
import { methods } from './forecast-model.ts';

const count = z.int().min(0);
const Day = z.iso.date();
const Share = z.number().min(0).nullable();

const SkillOrAll = z.union([SkillName, z.literal('*')]).meta({
  id: 'SkillOrAll',
  description: 'A skill; `*` is all work of the domain together, and everybody who works there.',
});

const DemandOfDay = z
  .strictObject({
    day: Day,
    created: count,
    completed: count,
    minutes: count.meta({ description: 'What the tasks that were created are estimated at.' }),
  })
  .meta({ id: 'DemandOfDay' });

const ForecastError = z
  .strictObject({
    mape: Share.meta({
      description: 'Mean of the misses, each as a share of its day; days without work are left out.',
    }),
    wmape: Share.meta({ description: 'All misses as a share of all work of the week.' }),
  })
  .meta({ id: 'ForecastError', description: 'Null where there was no work to compare with.' });

const DemandForecast = z
  .strictObject({
    method: z.literal(methods),
    days: z.array(z.strictObject({ day: Day, minutes: count })).meta({ description: 'From today on.' }),
    error: z
      .strictObject({
        method: z.literal(methods),
        held_out: ForecastError,
        repeated_week: ForecastError.meta({ description: 'Of taking the week before for a forecast.' }),
      })
      .nullable()
      .meta({
        description:
          'How far off a forecast of the last 7 days would have been, made without them. Null with less than two weeks of history.',
      }),
  })
  .meta({ id: 'DemandForecast' });

const SkillCapacity = z
  .strictObject({
    skill: SkillOrAll,
    history: z.array(DemandOfDay).meta({ description: 'The last 56 whole UTC days, oldest first.' }),
    today: DemandOfDay.meta({ description: 'So far; no part of the forecast.' }),
    forecast: DemandForecast,
    supply: z.strictObject({
      agents: count.meta({ description: 'That are active and reachable.' }),
      capacity: count.meta({ description: 'Tasks that they work on at the same time, for all of their skills.' }),
      available_minutes: count.meta({ description: 'A day.' }),
    }),
    queue: z.strictObject({ tasks: count, minutes: count, oldest_wait_minutes: count }),
    needed_minutes: count.meta({ description: 'A day: what is forecast, and the queue spread over the week.' }),
    utilisation: z
      .number()
      .min(0)
      .nullable()
      .meta({ description: 'Needed as a share of available; null where there is work and nobody for it.' }),
    bottleneck: z.boolean(),
  })
  .meta({ id: 'SkillCapacity' });
export type SkillCapacity = z.output<typeof SkillCapacity>;

const ScalingAction = z
  .strictObject({
    action: z.literal(['add_agents', 'train', 'rebalance', 'reduce']),
    skill: SkillOrAll,
    amount: z.int().min(1),
    unit: z.literal(['agents', 'tasks']),
    reason: z.string().meta({ description: 'In numbers of this report.' }),
  })
  .meta({ id: 'ScalingAction' });
export type ScalingAction = z.output<typeof ScalingAction>;

const CapacityReport = z
  .strictObject({
    domain: DomainId,
    at: Timestamp,
    skills: z.array(SkillCapacity).meta({ description: 'Those with demand, supply or a queue; `*` first.' }),
    bottlenecks: z.array(SkillOrAll).meta({ description: 'Most used first.' }),
    scaling_actions: z.array(ScalingAction),
    complete: z
      .boolean()
      .meta({ description: 'False where there are more skills, or more queued tasks, than are read.' }),
  })
  .meta({ id: 'CapacityReport' });
export type CapacityReport = z.output<typeof CapacityReport>;

export const capacityRoutes = defineRoutes({
  reportCapacity: {
    method: 'GET',
    path: '/capacity/{domain}',
    summary: 'Demand by skill with its forecast, supply, bottlenecks, and what to do about them',
    scope: 'tasks:read',
    params: z.strictObject({ domain: DomainId }),
    query: z.strictObject({ skill: SkillName.optional().meta({ description: 'This one, and `*`.' }) }),
    ok: CapacityReport,
    errors: ['NotFound'],
  },
});
