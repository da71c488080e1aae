import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/**
 * The `python` of a virtual environment below `dir` that holds exactly what `requirements.txt` pins; made on first
 * use and then reused. Two processes may ask at once: each builds aside and one renaming wins.
 * Throws when `python3` is missing, older than 3.10, or cannot make environments, and when pip fails.
 */
export async function pythonEnvironment(dir: string, log: (line: string) => void): Promise<string> {
  const version = await pythonVersion();
  const pins = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .update(version)
    .digest('hex')
    .slice(0, 12);
  const home = join(dir, `venv-${pins}`);
  if (!existsSync(home)) {
    log(`Making a Python ${version} environment for the local cloud (once)`);
    await mkdir(dir, { recursive: true });
    await build(home);
  }
  // `bin/python -m …`, never the scripts beside it: their first line names the directory before the renaming.
  return join(home, 'bin', 'python');
}

async function pythonVersion(): Promise<string> {
  const ask = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const [version = '0.0'] = await run('python3', ['-c', ask]).catch((cause: unknown) => {
    throw new Error('The local cloud needs python3 (3.10 or newer) on PATH.', { cause });
  });
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 10)) {
    throw new Error(`The local cloud needs Python 3.10 or newer; python3 on PATH is ${version}.`);
  }
  return version;
}

async function build(home: string): Promise<void> {
  const aside = `${home}.${randomUUID()}`;
  try {
    await run('python3', ['-m', 'venv', aside]).catch((cause: unknown) => {
      throw new Error('`python3 -m venv` failed; on Debian and Ubuntu install python3-venv.', { cause });
    });
    const install = ['-m', 'pip', 'install', '--no-deps', '--no-input', '--disable-pip-version-check', '--quiet'];
    await run(join(aside, 'bin', 'python'), [...install, '--requirement', REQUIREMENTS]);
    await rename(aside, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
