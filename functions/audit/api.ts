import { directoryStore } from '../directory/questions.ts';
import { dataSubjects, dataSubjectSettings } from '../shared/data-subjects.ts';
import { readEnv } from '../shared/env.ts';
import { type Runtime, runtimeFrom } from '../shared/runtime.ts';
import { serve } from '../shared/serve.ts';
import { dataSubjectStore } from '../shared/store-data-subjects.ts';
import { routes } from './contract.ts';
import { AuditApiEnv } from './env.ts';
import { evidenceBindings } from './evidence-bindings.ts';
import { confirmErasure, eraseDataSubject } from './operations/erase-data-subject.ts';
import { exportEntries } from './operations/export-entries.ts';
import { getEntry } from './operations/get-entry.ts';
import { listEntries } from './operations/list-entries.ts';
import { listHolds } from './operations/list-holds.ts';
import { placeHold } from './operations/place-hold.ts';
import { releaseHold } from './operations/release-hold.ts';
import { holdStore, ledgerStore } from './store.ts';
import { treeStore } from './store-tree.ts';

/** The slice's handler on a given runtime. */
export function auditApi(env: ReturnType<typeof readEnv<typeof AuditApiEnv>>, runtime: Runtime) {
  const { cursors } = runtime;
  const ledger = ledgerStore(runtime.ledger, runtime.ledgerShards);
  const holds = holdStore(runtime.state);
  const domains = async () => (await directoryStore(runtime.state).domains(undefined, 1000)).items.map(({ id }) => id);
  const subjects = dataSubjects(runtime, dataSubjectSettings(env));
  const stores = { ledger, holds, tree: treeStore(runtime.state), keys: dataSubjectStore(runtime.state) };
  const deps = { ...stores, cursors, domains, subjects };
  return serve(
    'audit',
    routes,
    {
      listEntries: (call) => listEntries(deps, call),
      getEntry: (call) => getEntry(deps, call),
      exportEntries: (call) => exportEntries(deps, call),
      placeHold,
      listHolds: (call) => listHolds(deps, call),
      releaseHold: (call) => releaseHold(deps, call),
      ...evidenceBindings(deps),
      eraseDataSubject: {
        run: (call) => eraseDataSubject(deps, call),
        reopen: (erasure) => confirmErasure(deps, erasure),
      },
    },
    runtime,
  );
}

const env = readEnv(AuditApiEnv);
export const handler = auditApi(env, runtimeFrom(env));
