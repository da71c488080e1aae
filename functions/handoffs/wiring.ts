import type { Agent } from '../directory/contract.ts';
import type { Item, Key } from '../shared/dynamo.ts';
import { admissionKeys, standing, type Status } from '../shared/principal.ts';
import type { Core } from '../shared/runtime.ts';
import type { Deps, Directory, Inbox, Tasks } from './ports.ts';
import { handoffsStore } from './store.ts';

type Officers = { items: { id: string }[] };

/** The directory as its own slice answers. */
type Records = {
  team: (id: string) => Promise<{ id: string; domain: string; status: Status } | undefined>;
  domain: (id: string) => Promise<{ orchestrator?: string | undefined } | undefined>;
  principal: (id: string) => Promise<Agent | { kind: string } | undefined>;
  officers: (filter: { kind: string; status: 'active' }, from: undefined, limit: number) => Promise<Officers>;
};

/** Officers of an organisation: some tens, and above the teams. */
const mostOfficers = 200;

const directoryFrom = ({ state }: Core, records: Records): Directory => ({
  team: records.team,
  agent: async (id) => {
    const found = await records.principal(id);
    return found && 'team' in found ? found : undefined;
  },
  orchestratorOf: async (domain) => (await records.domain(domain))?.orchestrator,
  enterpriseOrchestrators: async () => {
    const filter = { kind: 'enterprise_orchestrator', status: 'active' } as const;
    return (await records.officers(filter, undefined, mostOfficers)).items.map(({ id }) => id);
  },
  standing: (ids) => standing(state.getMany, ids),
  active: (id) => ({ kind: 'require', key: admissionKeys.principal(id), where: [{ path: 'status', is: 'active' }] }),
});

/** What other slices give, wired by the entries. */
type Given = { records: Records; tasks: Tasks; inbox: Inbox };

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
