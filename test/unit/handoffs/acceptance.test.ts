import { describe, expect, it } from 'vitest';
import { packageParts } from '../../../functions/handoffs/contract.ts';
import { acceptHandoff } from '../../../functions/handoffs/operations/accept-handoff.ts';
import { agreeExpectations } from '../../../functions/handoffs/operations/agree-expectations.ts';
import { confirmPart } from '../../../functions/handoffs/operations/confirm-part.ts';
import { offerHandoff } from '../../../functions/handoffs/operations/offer-handoff.ts';
import { openHandoff } from '../../../functions/handoffs/operations/open-handoff.ts';
import { aNewHandoff, aWorld, people, type TestWorld } from './world.ts';

/** A handoff of which nothing is left but the acceptance. */
async function finished(): Promise<{ world: TestWorld; id: string }> {
  const world = aWorld();
  await world.addTask('T-1');
  const body = aNewHandoff(['T-1'], { expectations: 'By Friday' });
  const { id } = await world.step(openHandoff, 'agt_giver', { body });
  await world.step(offerHandoff, 'agt_giver', { id });
  for (const part of packageParts)
    await world.step(confirmPart, 'agt_taker', { id, body: { part, understanding: 'So it is' } });
  await world.step(agreeExpectations, 'agt_taker', { id, body: { text: 'By Friday' } });
  return { world, id };
}
const accept = ({ world, id }: { world: TestWorld; id: string }, as = 'agt_taker') =>
  world.step(acceptHandoff, as, { id });

describe('the acceptance', () => {
  it.each(people.filter(({ id }) => id !== 'agt_taker').map(({ id }) => id))('[HND-3] is not for %s', async (as) => {
    const given = await finished();
    await expect(accept(given, as)).rejects.toMatchObject({ code: as === 'agt_stranger' ? 'NotFound' : 'NotAParty' });
    expect(await given.world.task('T-1')).toMatchObject({ team: 'alpha' });
    await expect(accept(given)).resolves.toMatchObject({ phase: 'support' });
  });

  it('[HND-3] comes before the deadline, or not at all', async () => {
    const given = await finished();
    const { deadline } = await given.world.handoff(given.id);
    const left = (new Date(deadline ?? 0).getTime() - given.world.now().getTime()) / 1000;
    given.world.pass(left);
    await expect(accept(given)).rejects.toMatchObject({ code: 'HandoffClosed' });
    given.world.pass(-1);
    await expect(accept(given)).resolves.toMatchObject({ phase: 'support' });
  });

  it('[HND-1] waits for both sides to agree to the same text', async () => {
    const given = await finished();
    const say = (as: string, text: string) => given.world.step(agreeExpectations, as, { id: given.id, body: { text } });
    await say('agt_taker', 'By Monday');
    await expect(accept(given)).rejects.toMatchObject({
      code: 'MeetingUnfinished',
      faults: [{ pointer: '/expectations/handing' }],
    });
    await say('agt_giver', 'By Friday');
    await expect(accept(given)).rejects.toMatchObject({ faults: [{ pointer: '/expectations/receiving' }] });
    await say('agt_helper', 'By Friday');
    await expect(accept(given)).resolves.toMatchObject({ phase: 'support' });
  });
});
