import { inboxPort } from '../approvals/inbox-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { consume, type Delivery, on } from '../shared/consume.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import {
  taskCancelled,
  taskChanged,
  taskCompleted,
  taskExpired,
  taskFailed,
  taskReleased,
  taskReturned,
} from '../workload/contract.ts';
import { workloadPort } from '../workload/port.ts';
import { dependencyRegistered } from './contract.ts';
import { depsOf } from './deps.ts';
import { DependenciesConsumerEnv } from './env.ts';
import { followDependency } from './operations/follow-dependency.ts';
import { followTask } from './operations/follow-task.ts';

/** The slice's consumer on a given core. */
export const dependenciesConsumer = (core: Core) => {
  const { state } = core;
  const ports = { tasks: workloadPort(core), inbox: inboxPort(state), directory: directoryStore(state) };
  const deps = depsOf(core, ports);
  type About = { data: { task_id: string } };
  const provided = ({ data }: About, delivery: Delivery) => followTask(deps, data.task_id, ['provides'], delivery);
  const ended = ({ data }: About, delivery: Delivery) =>
    followTask(deps, data.task_id, ['provides', 'needs'], delivery);
  return consume(
    'dependencies',
    [
      on(dependencyRegistered, async ({ data }, delivery) => {
        await followDependency(deps, data.dependency_id, delivery);
        await delivery.commit({ writes: [], entries: [] });
      }),
      on(taskCompleted, ended),
      on(taskFailed, ended),
      on(taskCancelled, ended),
      // What changes when a task will be done.
      on(taskChanged, provided),
      on(taskReleased, provided),
      on(taskExpired, provided),
      on(taskReturned, provided),
    ],
    core,
  );
};

export const handler = dependenciesConsumer(coreFrom(readEnv(DependenciesConsumerEnv)));
