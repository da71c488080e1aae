import { Problem } from '../../shared/errors.ts';
import type { Actor } from '../../shared/principal.ts';
import type { TextBody } from '../../shared/response.ts';
import { calendarOf } from '../calendar-model.ts';
import { readable } from '../guards.ts';
import type { Deps } from '../ports.ts';

/** The meeting of a handoff, for calendars. */
export async function getMeeting(deps: Pick<Deps, 'store'>, id: string, reader: Actor): Promise<TextBody> {
  const handoff = await readable(deps, id, reader);
  if (!handoff.meeting) throw new Problem('NotFound', `Handoff ${id} has no meeting yet.`);
  const headers = { 'content-disposition': `attachment; filename="${id}.ics"` };
  const text = calendarOf(handoff, handoff.meeting);
  return { kind: 'text', contentType: 'text/calendar; charset=utf-8', text, headers };
}
