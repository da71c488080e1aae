import { type SpawnOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a command needs: where it runs, what it sees, who hears its lines. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a command to its end and returns the lines of its stdout and stderr, in order.
 * Throws an Error with the lines that say why, when it cannot start or does not exit with 0.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string[]> {
  const spawned: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] };
  if (options.cwd !== undefined) spawned.cwd = options.cwd;
  if (options.env !== undefined) spawned.env = options.env;
  const child = spawn(command, args, spawned);
  const lines: string[] = [];
  const heard = [child.stdout, child.stderr].map(async (stream) => {
    if (stream === null) return;
    for await (const line of createInterface({ input: stream })) {
      lines.push(line);
      options.onLine?.(line);
    }
  });
  const ended = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => {
      resolve(`could not start: ${error.message}`);
    });
    child.once('close', (code, signal) => {
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${String(code)}`}`);
    });
  });
  if (ended !== undefined) throw new Error([`${command} ${args.join(' ')} ${ended}`, ...useful(lines)].join('\n'));
  await Promise.all(heard);
  return lines;
}

const LONGEST_USEFUL_LINE = 600;

/** The lines that name a failure and the last ones, without the minified sources that Node prints with an exception. */
function useful(lines: readonly string[]): string[] {
  const readable = lines.filter((line) => line.length <= LONGEST_USEFUL_LINE);
  const telling = readable.slice(0, -15).filter((line) => /error|failed|❌|exception/i.test(line));
  return [...telling.slice(-15), ...readable.slice(-15)];
}
