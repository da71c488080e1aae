import { createHmac, timingSafeEqual } from 'node:crypto';
import { GenerateMacCommand, type KMSClient, type VerifyMacCommand } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Problem } from '../../../functions/shared/errors.ts';
import { type Cursors, kmsCursors } from '../../../functions/shared/page.ts';

const mac = (message: Uint8Array | undefined): Buffer =>
  createHmac('sha256', 'key')
    .update(message ?? '')
    .digest();

/** KMS with one key; `fails` is thrown instead of an answer. */
function cursorsWith(fails?: Error): Cursors {
  const send = async (command: GenerateMacCommand | VerifyMacCommand): Promise<unknown> => {
    if (fails) throw fails;
    if (command instanceof GenerateMacCommand) return { Mac: mac(command.input.Message) };
    const { Message, Mac = new Uint8Array() } = command.input;
    if (Mac.length === 32 && timingSafeEqual(mac(Message), Mac)) return { MacValid: true };
    throw Object.assign(new Error('invalid'), { name: 'KMSInvalidMacException' });
  };
  return kmsCursors({ send } as unknown as KMSClient, 'key');
}

const Position = z.strictObject({ before: z.string() });
const list = ['entries', 'agent', 'agt_1', undefined];
const cursors = cursorsWith();
const refused = { name: 'Problem', code: 'InvalidCursor' };

describe('a cursor', () => {
  it('[GWY-4] gives back the position that it was made of, for the list that it was made for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (before) => {
        const cursor = await cursors.seal({ before }, list);
        expect(cursor).toMatch(/^[\w-]+\.[\w-]{43}$/);
        expect(await cursors.open(cursor, list, Position)).toEqual({ before });
      }),
    );
    expect(await cursors.open(undefined, list, Position)).toBeUndefined();
  });

  it('[GWY-4] is refused for another list, or where it means another kind of position', async () => {
    const cursor = await cursors.seal({ before: 'x' }, list);
    for (const other of [['entries', 'agent', 'agt_2', undefined], 'entries', [...list, 'more']]) {
      await expect(cursors.open(cursor, other, Position)).rejects.toMatchObject(refused);
    }
    await expect(cursors.open(cursor, list, z.strictObject({ after: z.string() }))).rejects.toMatchObject(refused);
  });

  it('[GWY-4] is refused when any character of it is changed, added or left out', async () => {
    const cursor = await cursors.seal({ before: '0192-some-id' }, list);
    const letters = [...'ABCabc019-_.=+/ %'];
    const change = fc.record({
      at: fc.nat({ max: cursor.length }),
      cut: fc.nat({ max: 3 }),
      put: fc.array(fc.constantFrom(...letters), { maxLength: 3 }).map((some) => some.join('')),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, cut, put }) => {
        const altered = cursor.slice(0, at) + put + cursor.slice(at + cut);
        fc.pre(altered !== cursor);
        await expect(cursors.open(altered, list, Position)).rejects.toMatchObject(refused);
      }),
      { numRuns: 500 },
    );
  });

  it('[GWY-4] of rubbish is refused, not a failure of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        await expect(cursors.open(text, list, Position)).rejects.toMatchObject(refused);
      }),
    );
  });

  it('[GWY-4] is not blamed for a failure of KMS', async () => {
    const cursor = await cursors.seal({ before: 'x' }, list);
    const away = cursorsWith(new Error('KMS is away'));
    const caught = await away.open(cursor, list, Position).catch((error: unknown) => error);
    expect(caught).not.toBeInstanceOf(Problem);
    expect(caught).toMatchObject({ message: 'KMS is away' });
  });
});
