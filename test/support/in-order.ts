import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that come after all others, in this order: one disturbs the organization, one judges what all the others did. */
const last = ['test/contract/fuzz.test.ts', 'test/contract/least-privilege.test.ts'];

const rank = ({ moduleId }: TestSpecification): number => last.findIndex((file) => moduleId.endsWith(file));

/** Runs the files in Vitest's own order, but for those that must come last. */
export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
