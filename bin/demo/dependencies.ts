import type { Dependency, ResourceReservation } from '../../functions/dependencies/contract.ts';
import { insist } from './http.ts';
import { ahead, type Ears, idOf, type Self } from './self.ts';

const hour = 3_600_000;

/** How somebody depends on others and provides for them, and reserves what all share. */
export function dependencyDuty({ call, parts, say }: Self) {
  const read = (id: string) => insist<Dependency>(call, 200, 'GET', `/dependencies/${id}`);
  const sentBack = new Set<string>();

  async function step(id: string, path: string, decision: string, body: object): Promise<void> {
    const { status } = await call('POST', `/dependencies/${id}/${path}`, { body });
    if (status < 300) say({ kind: 'did', subject: `dependency/${id}`, decision, what: `${decision} dependency` });
  }

  /** The dependent side says what it needs; what would close a circle is refused. */
  async function need(name: string): Promise<void> {
    const part = parts.needs.find((one) => one.name === name);
    if (!part) return;
    const { task, taskId, on, type } = part;
    if (task) {
      const { status } = await call('POST', '/tasks', { body: task });
      if (status === 201) say({ kind: 'created', task: task.id });
    }
    const body = { type, task_id: taskId, on, interface: 'A build with its test report.', needed_by: ahead(8 * hour) };
    const { status, body: made, code } = await call<Dependency>('POST', '/dependencies', { body });
    if (status === 201)
      say({ kind: 'did', subject: `dependency/${made.id}`, decision: 'registered', what: 'registered dependency' });
    else say({ kind: 'note', text: `${taskId} cannot wait for ${on}: ${code}` });
  }

  async function reserve(name: string): Promise<void> {
    const part = parts.reservations.find((one) => one.name === name);
    if (!part) return;
    const { resource, fromHours, toHours, amount } = part;
    const body = { from: ahead(fromHours * hour), to: ahead(toHours * hour), amount, purpose: 'A load test.' };
    const asked = await call<ResourceReservation>('POST', `/resources/${resource}/reservations`, { body });
    if (asked.status !== 201) return;
    say({ kind: 'did', subject: `reservation/${asked.body.id}`, decision: 'reserved', what: 'reserved the rig' });
  }

  /** Whoever provides says when. */
  async function acknowledge(id: string): Promise<void> {
    const { tracked_at: at, state } = await read(id);
    if (at !== null && state !== 'notified') return;
    await step(id, 'acknowledgement', 'acknowledged', { eta: ahead(hour) });
  }

  /** What was handed over is taken over, but for the first time where the plan has it so. */
  async function takeOver(id: string): Promise<void> {
    const { state, returned_at: before, on } = await read(id);
    if (state !== 'resolved') return;
    const isPlanned = parts.needs.some((one) => one.on === on && one.sendsBack);
    const accepted = !isPlanned || before !== null || sentBack.has(id);
    if (!accepted) sentBack.add(id);
    const reason = accepted ? 'The report is green.' : 'The report is not there.';
    await step(id, 'confirmation', accepted ? 'taken over' : 'sent back', { accepted, reason });
  }

  /** What was sent back is handed over once more. */
  async function handOverAgain(id: string): Promise<void> {
    await acknowledge(id);
    await step(id, 'resolution', 'handed over', { delivered: 'The build with its report.' });
  }

  const ears: Ears = {
    dependency_registered: async (message) => acknowledge(idOf(message)),
    dependency_returned: async (message) => handOverAgain(idOf(message)),
    dependency_resolved: async (message) => takeOver(idOf(message)),
  };
  return { need, reserve, ears };
}
