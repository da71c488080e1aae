import { defineConfig } from 'vitest/config';
import { clouds } from './test/support/clouds.ts';
import { InOrder } from './test/support/in-order.ts';

const node = { environment: 'node', passWithNoTests: false } as const;
const onClouds = {
  ...node,
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
} as const;
/** In this order: one disturbs the organization, one judges what all the others did. */
const last = ['test/contract/fuzz.test.ts', 'test/contract/least-privilege.test.ts'];

/** Three kinds: what needs no cloud; what runs against local clouds that are deployed once for all of it; what comes after. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    sequence: { sequencer: InOrder },
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['test/{unit,infra}/**/*.test.ts', 'test/contract/events.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...onClouds,
          name: 'integration',
          include: ['test/{integration,contract}/**/*.test.ts'],
          exclude: ['test/contract/events.test.ts', ...last],
          maxWorkers: clouds,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { ...onClouds, name: 'last', include: last, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
