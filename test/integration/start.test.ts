import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillIn } from '../../bin/local/people.ts';

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
    const steps = ['Local cloud', 'Deploy with the CDK', 'Import', 'Token', 'Three decisions', 'The esc', 'The log'];
    for (const step of steps) {
      expect(output).toMatch(new RegExp(`✓ \\d\\. ${step}.*\\(\\d+\\.\\d s\\)`));
    }
    for (const verdict of ['ALLOWED', 'ESCALATED', 'DENIED']) expect(output).toMatch(new RegExp(`verdict +${verdict}`));
    expect(output.match(/audit entry +[0-9a-f-]{36}/g)).toHaveLength(3);
  });

  it('[APR-2] [APR-3] [AUT-5] shows a second person approving, one redemption, and a receipt that holds offline', () => {
    expect(output).toMatch(/votes for itself: refused, 403 OwnRequest/);
    expect(output).toMatch(/hum_board_okafor, signed in, approves sha256:\w+…: approved/);
    expect(output).toMatch(/of the request changed: refused, 409 ApprovalMismatch/);
    expect(output).toMatch(/once more +refused, 409 AlreadyRedeemed/);
    expect(output).toMatch(/receipt +verifies offline for agt_checkout_1, decision dec_[\w-]+; a forged one does not/);
  });

  it('[AUD-5] shows the log verified offline by the stand-alone verifier', () => {
    expect(output).toMatch(/Verified \d+ entries \(\d+ by their hash alone\), \d+ checkpoints/);
  });

  it('[GWY-1] signs a person in from the command line, through their browser', async () => {
    const [, given = ''] = /BOARD=\$\(npm run -s sign-in -- (.+)\)/.exec(output) ?? [];
    const [, username = '', password = ''] = /sign in as (\S+) with the password (\S+) /.exec(output) ?? [];
    const asked = spawn(process.execPath, ['bin/sign-in.ts', ...given.split(' ')], { cwd: root });
    let token = '';
    asked.stdout.on('data', (chunk: Buffer) => (token += chunk.toString()));
    const said = await new Promise<string>((resolve) => {
      let text = '';
      asked.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (/http\S+\s/.test(text)) resolve(text);
      });
    });
    const ended = new Promise((resolve) => asked.once('exit', resolve));
    const page = await fetch(await fillIn(/http\S+/.exec(said)?.[0] ?? '', { username, password }));
    expect(await page.text()).toContain('Signed in');
    await ended;
    const [, url = ''] = /URL=(\S+)/.exec(output) ?? [];
    const headers = { authorization: `Bearer ${token.trim()}`, 'orchestra-principal': username };
    expect((await fetch(`${url}/escalations`, { headers })).status).toBe(200);
  });

  it('[OPS-1] prints commands that work as printed', async () => {
    // What a person does needs a browser, and is tried above.
    const lines = printed().filter((line) => !/\$BOARD|BOARD=|^As a person/.test(line));
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
