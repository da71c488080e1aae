import { defineConfig } from 'vitest/config';
import { InOrder } from './test/support/in-order.ts';

const node = { environment: 'node', passWithNoTests: false } as const;

/** Two kinds: what needs no cloud, and what runs against one local cloud that is deployed once for all of it. */
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
          ...node,
          name: 'integration',
          include: ['test/{integration,contract}/**/*.test.ts'],
          exclude: ['test/contract/events.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
