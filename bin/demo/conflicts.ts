import { setTimeout as sleep } from 'node:timers/promises';
import type { Conflict } from '../../functions/conflicts/contract.ts';
import { insist } from './http.ts';
import { type Ears, idOf, type Self } from './self.ts';

/** How often whoever waits for an option of another party looks, and how long it waits in between. */
const looks = 12;
const pause = 1500;

/** How somebody disagrees: raises it, speaks for its party, and decides where it is asked to. */
export function conflictDuty({ id: self, call, parts, say }: Self) {
  const read = (id: string) => insist<Conflict>(call, 200, 'GET', `/conflicts/${id}`);

  async function step(id: string, path: string, decision: string, body: object): Promise<void> {
    const { status } = await call('POST', `/conflicts/${id}/${path}`, { body });
    if (status < 300) say({ kind: 'did', subject: `conflict/${id}`, decision, what: `${decision} in conflict` });
  }

  async function raise(name: string): Promise<void> {
    const part = parts.conflicts.find((one) => one.name === name);
    if (!part) return;
    const { type, subject, parties } = part;
    const summary = `Both need ${subject} this week`;
    const body = { type, subject, summary, urgency: 'high', parties };
    const raised = await call<Conflict>('POST', '/conflicts', { body });
    if (raised.status !== 201) return say({ kind: 'trouble', text: `${name} was not raised: ${raised.code}` });
    say({ kind: 'did', subject: `conflict/${raised.body.id}`, decision: 'identified', what: 'raised conflict' });
  }

  /** The first of those who speak for a party does. */
  async function speak(id: string): Promise<void> {
    const conflict = await read(id);
    for (const { id: party, speakers } of conflict.parties) {
      if (speakers[0] === self) await speakFor(conflict, party);
    }
  }

  async function speakFor(conflict: Conflict, party: string): Promise<void> {
    const { id, step: at } = conflict;
    const isSaid = (all: readonly { party: string }[]): boolean => all.some((one) => one.party === party);
    if ((at === 'identified' || at === 'perspectives') && !isSaid(conflict.perspectives)) {
      await step(id, 'perspectives', 'perspective', { party, statement: `${party} was promised it first.` });
    } else if (at === 'interests' && !isSaid(conflict.interests)) {
      await step(id, 'interests', 'interests', { party, interests: [`${party} has to deliver on Friday.`] });
    } else if (at === 'options' && !isSaid(conflict.agreements)) await settle(conflict, party);
  }

  /** Who gives way agrees to what the first party proposes; who does not, to its own. */
  async function settle({ id, subject, parties }: Conflict, party: string): Promise<void> {
    const isStubborn = parts.conflicts.some((one) => one.subject === subject && one.manner === 'stubborn');
    if (isStubborn || parties[0]?.id === party) {
      const description = `${party} has it in the morning, the others later.`;
      await step(id, 'options', 'option', { party, title: `${party} first`, description });
    }
    for (let look = 0; look < looks; look += 1) {
      const { options } = await read(id);
      const option = isStubborn ? options.find((one) => one.party === party) : options[0];
      if (option) {
        await call('POST', `/conflicts/${id}/agreements`, { body: { party, option_id: option.id } });
        return;
      }
      await sleep(pause);
    }
  }

  /** Who speaks for nobody in it has been asked to decide. */
  async function decide(id: string): Promise<void> {
    const { parties, options, step: at } = await read(id);
    if (at !== 'escalated' || parties.some(({ speakers }) => speakers.includes(self))) return;
    const [option] = options;
    const taken = option ? { option_id: option.id } : { decision: 'They take turns, day by day.' };
    await call('POST', `/conflicts/${id}/resolution`, { body: { ...taken, rationale: 'Friday comes first.' } });
  }

  const ears: Ears = {
    conflict_opened: async (message) => speak(idOf(message)),
    conflict_turn: async (message) => speak(idOf(message)),
    conflict_escalated: async (message) => decide(idOf(message)),
  };
  return { raise, ears };
}
