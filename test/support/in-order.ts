import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begins the files in the same order every time. */
export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId, 'en'));
  }
}
