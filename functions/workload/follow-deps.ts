import type { Core } from '../shared/runtime.ts';
import { directoryPort } from './agents.ts';
import { candidateStore } from './candidate-store.ts';
import type { FollowDeps } from './following.ts';
import { workloadStore } from './store.ts';

/** What keeps tasks and loads up with what happens to agents stands on, on a given core. */
export const followDeps = ({ state, commit, now }: Core): FollowDeps => ({
  store: workloadStore(state),
  candidates: candidateStore(state),
  agent: async (id) => directoryPort.agent((await state.getMany([directoryPort.keyOf(id)]))[0]),
  commit,
  now,
});
