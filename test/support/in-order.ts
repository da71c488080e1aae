import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that come after all others, in this order: one disturbs the organization, one judges what all the others did. */
const last = ['test/contract/fuzz.test.ts', 'test/contract/least-privilege.test.ts'];

const rank = ({ moduleId }: TestSpecification): number => last.findIndex((file) => moduleId.endsWith(file));

/** Runs the files in the same order every time, so that what one leaves behind is the same every time. */
export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId, 'en'));
  }
}
