import { describe, expect, it } from 'vitest';
import { closing } from '../../../functions/approvals/changes.ts';
import type { Escalation } from '../../../functions/approvals/contract.ts';
import { approvalOf } from '../../../functions/approvals/messages.ts';
import { anEscalation, start } from './fixtures.ts';

const reason = 'Jane Doe agreed';
const ended = (given: Partial<Escalation>): Escalation =>
  anEscalation({ version: 2, state: 'rejected', closing_reason: reason, closed_at: start.toISOString(), ...given });

describe('the end of an escalation', () => {
  it('[AUD-7] tells why, but not what was written about a person: that stays in the escalation and its entry', () => {
    const told = (about_person: boolean) => {
      const escalation = ended({ about_person });
      const { writes, entries } = closing(escalation, escalation.domain, start);
      const message = writes.find(({ key }) => key.pk.startsWith('approvals#message#'));
      return { message: JSON.stringify(message), events: JSON.stringify(entries.map(({ event }) => event)), entries };
    };
    const plain = told(false);
    expect(plain.message).toContain(reason);
    expect(plain.events).toContain(reason);
    const personal = told(true);
    expect(personal.message).toContain('(about a natural person)');
    expect(personal.message + personal.events).not.toContain('Jane');
    expect(personal.entries[0]?.details).toMatchObject({ reasoning: reason });
    expect(approvalOf(ended({ about_person: true, closing_reason: null })).reason).toBeNull();
  });
});
