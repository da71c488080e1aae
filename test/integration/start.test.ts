import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const sh = promisify(execFile);
let output = '';
let child: ReturnType<typeof spawn> | undefined;

/** Runs `npm start` as a newcomer would, until it says what to try. */
beforeAll(async () => {
  child = spawn(process.execPath, ['bin/local.ts'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const deadline = Date.now() + 110_000;
  while (!output.includes('Stop with Ctrl-C') && child.exitCode === null && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(output).toContain('Stop with Ctrl-C');
}, 120_000);

afterAll(() => child?.kill('SIGKILL'));

/** The commands that were printed, one shell script. */
const printed = (): string[] => {
  const [, block = ''] = /Paste into another terminal[^\n]*\n([\s\S]*?)\n\s+Stop with/.exec(output) ?? [];
  return block
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
};

describe('npm start', () => {
  it('[OPS-1] shows each step with its time, and an allowed, an escalated and a denied decision with its entry', () => {
    for (const step of ['Local cloud', 'Deploy with the CDK', 'Import', 'Token', 'Three decisions']) {
      expect(output).toMatch(new RegExp(`✓ \\d\\. ${step}.*\\(\\d+\\.\\d s\\)`));
    }
    for (const verdict of ['ALLOWED', 'ESCALATED', 'DENIED']) expect(output).toMatch(new RegExp(`verdict +${verdict}`));
    expect(output.match(/audit entry +[0-9a-f-]{36}/g)).toHaveLength(3);
  });

  it('[OPS-1] prints commands that work as printed', async () => {
    const lines = printed();
    const calls = lines.filter((line) => line.startsWith('curl'));
    expect(calls.length).toBeGreaterThanOrEqual(10);
    const settings = lines.filter((line) => !line.startsWith('curl'));
    for (const call of calls) {
      const script = [...settings, call.replace('curl -s', 'curl -s -w "\\n%{http_code}"')].join('\n');
      const { stdout } = await sh('bash', ['-c', script]);
      expect(stdout.trim().split('\n').at(-1), call).toMatch(/^20[01]$/);
    }
  });

  it('[OPS-1] stops on Ctrl-C and leaves nothing running', async () => {
    const port = /127\.0\.0\.1:(\d+)/.exec(output)?.[1] ?? '';
    expect(port).not.toBe('');
    const ended = new Promise<number | null>((resolve) => child?.once('exit', resolve));
    child?.kill('SIGINT');
    await ended;
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { stdout } = await sh('ps', ['-eo', 'pid,args']);
    const left = stdout
      .split('\n')
      .filter((line) => line.includes(`--port ${port} `) || line.includes(`cloud-${port}.tmp`));
    expect(left).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${port}/_ministack/health`)).rejects.toThrow();
  });
});
