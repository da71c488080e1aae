import { packageParts } from '../../functions/handoffs/contract.ts';
import { inHours, wholePackage } from '../support/handoffs.ts';
import { agentOf, orchestratorOf } from '../support/organization.ts';
import type { Reply } from '../support/world.ts';
import type { Cast } from './fuzz-requests.ts';

type Make = (path: string, body: unknown, as?: string, status?: number) => Promise<Reply>;

const domain = orchestratorOf('product');
const text = 'The alarm is there by Friday.';

/**
 * Handoffs in the phases that the operations are for, all between the same two teams.
 * @param own begins the ids of what only this test knows
 */
export async function handoffsCast(make: Make, own: string, client_id: string) {
  const [from, to, giver, taker] = [`${own}_giving`, `${own}_taking`, `${own}_giver`, `${own}_taker`];
  for (const [id, home, agent] of [
    [from, 'product', giver],
    [to, 'platform', taker],
  ] as const) {
    await make('/teams', { id, name: 'Fuzz', domain: home, client_id });
    await make('/agents', { ...agentOf('product'), id: agent, team: id, capacity: 1000 });
  }
  const several = async (n: number, one: () => Promise<string>): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 0; at < n; at += 1) ids.push(await one());
    return ids;
  };
  const task = async () => (await make('/tasks', { title: 'Fuzz', team: from }, domain)).body.id as string;
  const body = (id: string) => ({
    tasks: [id],
    to: { team: to, recipient: taker },
    assignee: null,
    package: wholePackage(giver),
    meeting: { at: inHours(24) },
    expectations: text,
  });
  const opened = async (more: object = {}): Promise<string> =>
    (await make('/handoffs', { ...body(await task()), ...more }, giver)).body.id as string;
  const offered = async (): Promise<string> => {
    const id = await opened();
    await make(`/handoffs/${id}/offer`, undefined, giver, 200);
    return id;
  };
  const asked = async (): Promise<string> => {
    const id = await offered();
    await make(`/handoffs/${id}/questions`, { question: 'Fuzz?' }, taker);
    return id;
  };
  const walkedThrough = async (): Promise<string> => {
    const id = await offered();
    for (const part of packageParts)
      await make(`/handoffs/${id}/confirmations`, { part, understanding: 'Fuzz' }, taker, 200);
    await make(`/handoffs/${id}/expectations`, { text }, taker, 200);
    return id;
  };
  const accepted = async (): Promise<string> => {
    const id = await walkedThrough();
    await make(`/handoffs/${id}/acceptance`, undefined, taker, 200);
    return id;
  };
  const free = await several(10, task);
  const meetings = await several(3, offered);
  const proving = await several(3, () => opened({ prerequisites: [{ name: 'access' }] }));
  const pools = {
    offer: await several(6, opened),
    package: await several(5, opened),
    meeting: await several(5, opened),
    withdrawal: await several(4, opened),
    questions: meetings,
    confirmations: meetings,
    expectations: meetings,
    refusal: await several(4, offered),
    acceptance: await several(5, walkedThrough),
    closure: await several(4, accepted),
  };
  const evidence = '/v1/handoffs/{id}/prerequisites/{name}/evidence';
  const answer = '/v1/handoffs/{id}/questions/{question}/answer';
  const receiving = [
    'askQuestion',
    'confirmPart',
    'agreeExpectations',
    'acceptHandoff',
    'refuseHandoff',
    'closeHandoff',
  ];
  const handing = ['openHandoff', 'changePackage', 'scheduleMeeting', 'provePrerequisite', 'offerHandoff'];
  return {
    taker,
    entitled: {
      ...Object.fromEntries(receiving.map((name) => [name, taker])),
      ...Object.fromEntries(handing.map((name) => [name, giver])),
      withdrawHandoff: giver,
      answerQuestion: giver,
      listHandoffs: taker,
    },
    known: { HandoffId: pools.package, HandoffQuestionNumber: ['1'] },
    ids: {
      ...Object.fromEntries(Object.entries(pools).map(([name, ids]) => [`/v1/handoffs/{id}/${name}`, ids])),
      [`${evidence}#id`]: proving,
      [`${evidence}#name`]: ['access'],
      [`${answer}#id`]: await several(5, asked),
    },
    bodies: {
      openHandoff: (n) => body(free[n % free.length] ?? ''),
      changePackage: (n) => ({ current_state: `Fuzz ${n}` }),
      scheduleMeeting: (n) => ({ at: inHours((n % 600) + 1) }),
      agreeExpectations: () => ({ text }),
    },
  } satisfies Pick<Cast, 'entitled' | 'known' | 'ids' | 'bodies'> & { taker: string };
}
