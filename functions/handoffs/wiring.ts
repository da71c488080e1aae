import type { Agent } from '../directory/contract.ts';
import type { Item, Key } from '../shared/dynamo.ts';
import { activeNow, standing, type Status } from '../shared/principal.ts';
import type { Core } from '../shared/runtime.ts';
import type { Deps, Directory, Tasks } from './ports.ts';
import { handoffsStore } from './store.ts';
import { officersFrom, type OfficerRecords } from '../shared/officers.ts';
import type { InboxPort } from '../approvals/contract.ts';

/** The directory as its own slice answers. */
type Records = OfficerRecords & {
  team: (id: string) => Promise<{ id: string; domain: string; status: Status } | undefined>;
  principal: (id: string) => Promise<Agent | { kind: string } | undefined>;
};

const directoryFrom = ({ state }: Core, records: Records): Directory => ({
  team: records.team,
  agent: async (id) => {
    const found = await records.principal(id);
    return found && 'team' in found ? found : undefined;
  },
  ...officersFrom(records),
  standing: (ids) => standing(state.getMany, ids),
  active: activeNow,
});

/** What other slices give, wired by the entries. */
type Given = { records: Records; tasks: Tasks; inbox: InboxPort };

export const depsOf = (core: Core, { records, tasks, inbox }: Given): Deps => ({
  store: handoffsStore(core.state),
  directory: directoryFrom(core, records),
  tasks,
  inbox,
  commit: core.commit,
  now: core.now,
});

/** Which of some ids name no record, by the keys that other slices give. */
export const unknownAmong =
  ({ state }: Pick<Core, 'state'>, keyOf: (id: string) => Key) =>
  async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
    const items: (Item | undefined)[] = ids.length === 0 ? [] : await state.getMany(ids.map(keyOf));
    return new Set(ids.filter((_, at) => items[at] === undefined));
  };
