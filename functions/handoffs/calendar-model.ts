import type { Handoff, Meeting } from './handoff-contract.ts';

/** RFC 5545, 3.3.11: what would end a value is escaped, and control characters do not belong into one. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[\\;,]/g, (one) => `\\${one}`)
    .replaceAll(/\r\n|\n|\r/g, String.raw`\n`)
    .replaceAll(/\p{Cc}/gu, ' ');

const mostOctets = 75;

/** RFC 5545, 3.1: no line has more than 75 octets; what goes on begins with a space. No character is torn apart. */
function folded(line: string): string {
  const lines: string[] = [];
  let current = '';
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > mostOctets) {
      lines.push(current);
      current = ' ';
      octets = 1;
    }
    current += character;
    octets += size;
  }
  return [...lines, current].join('\r\n');
}

const utc = (at: string): string => `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

const classes = { public: 'PUBLIC', internal: 'PRIVATE', sensitive: 'CONFIDENTIAL' } as const;
const person = (id: string): string => `urn:orchestra:principal:${id}`;

/** The meeting of a handoff as an iCalendar object. */
export function calendarOf(handoff: Handoff, meeting: Meeting): string {
  const { id, from, to, opened_by, tasks, phase, updated_at, classification } = handoff;
  const isOff = phase === 'refused' || phase === 'expired' || phase === 'withdrawn';
  const what = [`Tasks: ${tasks.join(', ')}`, ...meeting.agenda.map((item, at) => `${at + 1}. ${item}`)].join('\n');
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Enterprise Orchestra//Handoffs//EN',
    'CALSCALE:GREGORIAN',
    'BEGIN:VEVENT',
    `UID:${id}@orchestra`,
    `DTSTAMP:${utc(updated_at)}`,
    `DTSTART:${utc(meeting.at)}`,
    `DURATION:PT${meeting.minutes}M`,
    `SEQUENCE:${meeting.sequence}`,
    `STATUS:${isOff ? 'CANCELLED' : 'CONFIRMED'}`,
    `CLASS:${classes[classification]}`,
    `SUMMARY:${escaped(`Handoff from ${from.team} to ${to.team}`)}`,
    `DESCRIPTION:${escaped(what)}`,
    `ORGANIZER;CN=${opened_by}:${person(opened_by)}`,
    `ATTENDEE;CN=${opened_by};ROLE=REQ-PARTICIPANT:${person(opened_by)}`,
    `ATTENDEE;CN=${to.recipient};ROLE=REQ-PARTICIPANT:${person(to.recipient)}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(folded).join('\r\n')}\r\n`;
}
