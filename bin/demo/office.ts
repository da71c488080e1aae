import { setTimeout as sleep } from 'node:timers/promises';
import { enterpriseOrchestrator, orchestratorOf } from './crew.ts';
import { conflictDuty } from './conflicts.ts';
import { dependencyDuty } from './dependencies.ts';
import { desk } from './desk.ts';
import { handoffDuty } from './handoffs.ts';
import { inboxDuty } from './inbox.ts';
import type { Report } from './messages.ts';
import type { Scene } from './scene.ts';

/** Orchestrators at work, until everybody is gone: they read their inbox, and review what waits for it. */
export async function officeHours(
  scene: Scene,
  domains: readonly string[],
  hear: (id: string, report: Report) => void,
) {
  const { plan, as } = scene;
  const offices = [...domains, undefined].map((domain) => {
    const id = domain === undefined ? enterpriseOrchestrator : orchestratorOf(domain);
    const call = as(id);
    const self = { id, call, parts: plan.parts, say: (report: Report) => hear(id, report) };
    const inbox = inboxDuty(self, [handoffDuty(self).ears, dependencyDuty(self).ears, conflictDuty(self).ears]);
    return { id, domain, inbox, work: desk(plan.seed, call) };
  });
  while (!scene.isOver()) {
    await sleep(4000);
    for (const { id, domain, inbox, work } of offices) {
      await Promise.all([domain === undefined ? undefined : work.review(domain), inbox.look()]).catch(
        (error: unknown) => hear(id, { kind: 'trouble', text: String(error) }),
      );
    }
  }
}
