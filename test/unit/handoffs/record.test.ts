import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarOf } from '../../../functions/handoffs/calendar-model.ts';
import { clockState, nextTick, overdueTick } from '../../../functions/handoffs/clock-model.ts';
import { Handoff, packageParts, type Question } from '../../../functions/handoffs/contract.ts';
import { figuresOf } from '../../../functions/handoffs/end-model.ts';
import { opened, phaseTime } from '../../../functions/handoffs/model.ts';
import { Step } from '../../../functions/handoffs/workflow-contract.ts';
import { addSeconds } from '../../../functions/shared/clock.ts';
import { aNewHandoff, start } from './world.ts';

const id = 'hnd_01a2052e-8e1e-76af-9d67-32bf018b0d33';
const at = (seconds: number): string => addSeconds(start, seconds).toISOString();
const aHandoff = (more: Partial<Handoff> = {}): Handoff => ({
  ...opened({
    id,
    from: { domain: 'product', team: 'alpha' },
    to: { domain: 'platform', team: 'beta', recipient: 'agt_taker' },
    assignee: null,
    opened_by: 'agt_giver',
    classification: 'internal',
    given: aNewHandoff(['T-1']),
    now: start,
  }),
  ...more,
});
const aQuestion = (number: number, more: Partial<Question> = {}): Question => ({
  number,
  phase: 'support',
  part: null,
  question: 'Why?',
  asked_by: 'agt_taker',
  asked_at: at(0),
  routed_to: 'agt_giver',
  due_at: at(100),
  escalated_at: null,
  answer: null,
  answered_by: null,
  answered_at: null,
  seconds: null,
  ...more,
});
const answeredAfter = (seconds: number) => ({
  answer: 'So.',
  answered_by: 'agt_giver',
  answered_at: at(seconds),
  seconds,
});

describe('the record', () => {
  /** The costliest text that JSON knows: each character is six bytes, and one more where the JSON is quoted again. */
  const text = (length: number) => '\u0001'.repeat(length);
  const name = (length = 64) => `a${'b'.repeat(length - 1)}`;
  const full: Handoff = {
    ...aHandoff(),
    tasks: Array.from({ length: 12 }, (_, n) => `${name(60)}${n}`),
    package: {
      context: text(4_000),
      current_state: text(3_000),
      outstanding_issues: Array(15).fill(text(300)),
      key_decisions: Array(20).fill(`dec_${'0'.repeat(36)}`),
      contacts: Array.from({ length: 8 }, () => ({ principal: name(), about: text(150) })),
    },
    prerequisites: Array.from({ length: 10 }, (_, n) => ({
      name: `${name(60)}${n}`,
      description: text(200),
      met: true,
      evidence: text(400),
      met_by: name(),
      met_at: at(0),
    })),
    meeting: { at: at(0), minutes: 30, agenda: Array(8).fill(text(120)), sequence: 9 },
    questions: Array.from({ length: 20 }, (_, n) =>
      aQuestion(n + 1, {
        part: 'outstanding_issues',
        question: text(400),
        asked_by: name(),
        routed_to: name(),
        escalated_at: at(0),
        ...answeredAfter(99_999),
        answer: text(700),
        answered_by: name(),
      }),
    ),
    confirmations: packageParts.map((part) => ({ part, understanding: text(800), by: name(), at: at(0) })),
    expectations: { text: text(2_000), handing: name(), receiving: name() },
    reason: text(1_000),
    escalated: { level: 'enterprise', to: Array(5).fill(name()), at: at(0) },
    delay: { since_opened_seconds: 9_999_999, since_offered_seconds: 9_999_999 },
    figures: { questions: 20, answered: 20, late: 20, unanswered: 0, mean_answer_seconds: 99_999.9 },
  };

  it('[HND-1] fits an item of DynamoDB with all that it may hold, and so does its remembered answer', () => {
    expect(Handoff.safeParse(full).success).toBe(true);
    const answer = JSON.stringify({ statusCode: 200, headers: {}, body: JSON.stringify(full) });
    expect(Buffer.byteLength(answer)).toBeLessThan(400 * 1_024);
  });
});

describe('the calendar', () => {
  const unfolded = (calendar: string): string[] => calendar.replaceAll('\r\n ', '').split('\r\n');
  const valueOf = (calendar: string, property: string): string =>
    unfolded(calendar)
      .find((line) => line.startsWith(`${property}:`))
      ?.slice(property.length + 1) ?? '';
  const read = (value: string): string => value.replaceAll(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));

  it('[HND-1] is RFC 5545: lines of 75 octets at most, ended by CRLF, and the texts come back as they were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }), { maxLength: 8 }),
        fc.integer({ min: 5, max: 480 }),
        (agenda, minutes) => {
          const calendar = calendarOf(aHandoff(), { at: at(3_600), minutes, agenda, sequence: 2 });
          const lines = calendar.split('\r\n');
          expect(lines.at(-1)).toBe('');
          for (const line of lines) {
            expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
            expect(line).not.toMatch(/[\r\n]/);
            expect(line.isWellFormed()).toBe(true);
          }
          expect(unfolded(calendar).slice(0, 2)).toEqual(['BEGIN:VCALENDAR', 'VERSION:2.0']);
          expect(unfolded(calendar).slice(-3)).toEqual(['END:VEVENT', 'END:VCALENDAR', '']);
          expect(valueOf(calendar, 'UID')).toBe(`${id}@orchestra`);
          expect(valueOf(calendar, 'DTSTART')).toBe('20261101T100000Z');
          expect(valueOf(calendar, 'DURATION')).toBe(`PT${minutes}M`);
          expect(valueOf(calendar, 'SEQUENCE')).toBe('2');
          const expected = ['Tasks: T-1', ...agenda.map((item, n) => `${n + 1}. ${item}`)].join('\n');
          expect(read(valueOf(calendar, 'DESCRIPTION'))).toBe(expected.replaceAll(/(?!\n)\p{Cc}/gu, ' '));
        },
      ),
    );
  });

  it.each([
    ['public', 'PUBLIC'],
    ['internal', 'PRIVATE'],
    ['sensitive', 'CONFIDENTIAL'],
  ] as const)('[HND-1] of a handoff that is %s is %s', (classification, expected) => {
    const calendar = calendarOf(aHandoff({ classification }), { at: at(0), minutes: 30, agenda: [], sequence: 0 });
    expect(valueOf(calendar, 'CLASS')).toBe(expected);
  });
});

describe('the clock', () => {
  const support = aHandoff({ phase: 'support', ...phaseTime(start, 1_000, false) });

  it('[HND-1] reminds at half of the time of a phase, and ends it when it is over', () => {
    const handoff = aHandoff({ ...phaseTime(start, 1_000) });
    expect(nextTick(handoff)).toEqual({ does: 'remind', at: at(500) });
    expect(nextTick({ ...handoff, reminded: true })).toEqual({ does: 'expire', at: at(1_000) });
    expect(nextTick({ ...handoff, phase: 'withdrawn', deadline: null })).toBeUndefined();
    expect(clockState(handoff, start)).toEqual({ phase: 'prepare', does: 'remind', at: at(500), until: 500 });
    expect(clockState(handoff, addSeconds(start, 9_999)).until).toBe(1);
  });

  it('[HND-1] sends no reminder of a time that is over', () => {
    const handoff = aHandoff({ ...phaseTime(start, 1_000) });
    expect(overdueTick(handoff, addSeconds(start, 600))).toMatchObject({ does: 'remind' });
    expect(overdueTick(handoff, addSeconds(start, 1_001))).toEqual({ does: 'expire', at: at(1_000) });
  });

  it('[HND-4] passes on each overdue question once, in the order in which they are due, and then closes', () => {
    const questions = [
      aQuestion(1, { due_at: at(300) }),
      aQuestion(2, { due_at: at(200) }),
      aQuestion(3, { due_at: at(2_000) }),
    ];
    expect(nextTick({ ...support, questions })).toEqual({ does: 'chase', at: at(200), question: 2 });
    const chased = questions.map((one) => (one.number === 2 ? { ...one, escalated_at: at(200) } : one));
    expect(nextTick({ ...support, questions: chased })).toEqual({ does: 'chase', at: at(300), question: 1 });
    const answered = chased.map((one) => (one.number === 1 ? { ...one, ...answeredAfter(10) } : one));
    // What would be due after the window is over is counted, not passed on.
    expect(nextTick({ ...support, questions: answered })).toEqual({ does: 'close', at: at(1_000) });
  });

  it('[HND-1] asks of its workflow what the steps understand', () => {
    const { does, at: due } = clockState(aHandoff(), start);
    expect(Step.safeParse({ step: 'wait', handoff_id: id, does, at: due, token: 't' }).success).toBe(true);
    expect(Step.safeParse({ step: 'tick', handoff_id: id, does, at: due, traceparent: '' }).success).toBe(true);
    expect(Step.safeParse({ step: 'tick', handoff_id: id, does: 'nothing', at: '', traceparent: '' }).success).toBe(
      false,
    );
  });
});

it('[HND-4] the figures of the support window count what was asked in it, and what came late or not at all', () => {
  const questions = [
    aQuestion(1, { phase: 'meeting', due_at: null, ...answeredAfter(1) }),
    aQuestion(2, answeredAfter(50)),
    aQuestion(3, answeredAfter(151)),
    aQuestion(4),
    aQuestion(5, { due_at: at(5_000) }),
  ];
  expect(figuresOf(aHandoff({ questions }), addSeconds(start, 1_000))).toEqual({
    questions: 4,
    answered: 2,
    late: 2,
    unanswered: 2,
    mean_answer_seconds: 100.5,
  });
  expect(figuresOf(aHandoff(), start)).toMatchObject({ questions: 0, mean_answer_seconds: null });
});
