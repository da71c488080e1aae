import { openSync, writeSync } from 'node:fs';

/**
 * Lets what runs in this process write its logs and metrics to nowhere: they are written, as they would be in Lambda, but
 * not into the report.
 */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const nowhere = openSync('/dev/null', 'w');
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (chunk: string | Uint8Array): boolean => writeSync(nowhere, chunk as string) >= 0;
  return work().finally(() => {
    stdout.write = write;
  });
}
