import type { Level } from '../shared/contract.ts';
import type { Conflict } from './contract.ts';
import { speakersOf } from './messages.ts';
import { seatOf } from './resolution-model.ts';
import { levelsFrom } from './turn-model.ts';
import { officersAt, type Officers } from '../shared/officers.ts';

/** More are not told: whoever they are, the level has heard of it. */
const most = 15;

/** Who decides a conflict at a level: all of them who may, and speak for nobody. */
export async function decidersAt(officers: Officers, conflict: Conflict, level: Level): Promise<string[]> {
  const speakers = new Set(speakersOf(conflict));
  const standing = await officersAt(officers, level, seatOf(conflict));
  return standing.filter((id) => !speakers.has(id)).slice(0, most);
}

/** The lowest level, from one on, at which somebody can decide; the board is asked whoever is on it. */
export async function levelWithDeciders(
  officers: Officers,
  conflict: Conflict,
  from: Level | undefined,
): Promise<{ level: Level; deciders: string[] }> {
  for (const level of levelsFrom(from)) {
    const deciders = await decidersAt(officers, conflict, level);
    if (deciders.length > 0) return { level, deciders };
  }
  return { level: 'board', deciders: [] };
}
