import { describe, expect, it } from 'vitest';
import { boardFault, isFounded, touchesBoard } from '../../../functions/directory/board-model.ts';
import type { Human } from '../../../functions/directory/records.ts';
import type * as z from 'zod';

type Person = z.output<typeof Human>;

const person = (over: Partial<Person> = {}): Person => ({
  id: 'hum_1',
  kind: 'human',
  name: 'One',
  status: 'active',
  roles: ['board_member'],
  client_id: 'people',
  subject: 'sub-1',
  version: 1,
  created_at: '2026-11-01T09:00:00.000Z',
  updated_at: '2026-11-01T09:00:00.000Z',
  ...over,
});
const clerk = person({ roles: ['auditor'] });

describe('a seat on the board', () => {
  const touching: [what: string, before: Person | undefined, after: Person][] = [
    ['a board member is registered', undefined, person()],
    ['somebody is appointed', clerk, person()],
    ['a board member gets another client', person(), person({ client_id: 'other' })],
    ['a board member gets another sign-in', person(), person({ subject: 'sub-2' })],
  ];
  it.each(touching)('[AUT-6] is touched when %s', (_what, before, after) => {
    expect(touchesBoard(before, after)).toBe(true);
  });

  const harmless: [what: string, before: Person | undefined, after: Person][] = [
    ['somebody else is registered', undefined, clerk],
    ['somebody else gets another sign-in', clerk, person({ roles: ['auditor'], subject: 'sub-2' })],
    ['a board member gets another name or role', person(), person({ name: 'Two', roles: ['board_member', 'on_call'] })],
    ['a board member is dismissed', person(), clerk],
    ['a board member is retired', person(), person({ status: 'retired' })],
  ];
  it.each(harmless)('[AUT-6] is not touched when %s', (_what, before, after) => {
    expect(touchesBoard(before, after)).toBe(false);
  });

  it('[AUT-6] is given by the board, to somebody else; by whoever governs only until there is a board', () => {
    const operator = { id: 'hum_operator', roles: ['operator'] };
    const member = { id: 'hum_2', roles: ['board_member'] };
    expect(boardFault(operator, person(), false)).toBeUndefined();
    expect(boardFault(operator, person(), true)).toBe('Only the board says who sits on it.');
    expect(boardFault(member, person(), true)).toBeUndefined();
    expect(boardFault({ ...member, id: 'hum_1' }, person(), true)).toBe('Nobody gives itself a seat on the board.');
  });

  it('[AUT-6] that was given up still counts: a board cannot be emptied to appoint another', () => {
    expect(isFounded([clerk])).toBe(false);
    expect(isFounded([person({ status: 'retired' })])).toBe(true);
  });
});
