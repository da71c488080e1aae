import { inboxPort } from '../approvals/inbox-port.ts';
import { directoryStore } from '../directory/questions.ts';
import { readEnv } from '../shared/env.ts';
import { type Core, coreFrom } from '../shared/runtime.ts';
import { count, logger, observed } from '../shared/telemetry.ts';
import { workloadPort } from '../workload/port.ts';
import { depsOf } from './deps.ts';
import { DependenciesSweeperEnv } from './env.ts';
import { sweepDependencies } from './operations/sweep-dependencies.ts';

type Swept = { moved: number; delayed: number; failed: number };

/** Runs on a schedule: looks at the dependencies that time may have changed. */
export const dependenciesSweeper = (core: Core) => {
  const { state } = core;
  const ports = { tasks: workloadPort(core), inbox: inboxPort(state), directory: directoryStore(state) };
  const deps = depsOf(core, ports);
  return observed<unknown, Swept>(async () => {
    const { happened, failed } = await sweepDependencies(deps, core.now());
    const delayed = happened.filter((what) => what === 'delayed').length;
    count('DependenciesDelayed', delayed);
    count('DependenciesNotFollowed', failed);
    logger.info('swept', { moved: happened.length, delayed, failed });
    return { moved: happened.length, delayed, failed };
  });
};

export const handler = dependenciesSweeper(coreFrom(readEnv(DependenciesSweeperEnv)));
