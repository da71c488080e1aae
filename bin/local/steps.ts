const seconds = (from: number): string => `${((Date.now() - from) / 1000).toFixed(1)} s`;

/** The last line that a step said, short enough for the terminal. */
const brief = (line: string): string => line.replaceAll(/\s+/g, ' ').trim().slice(0, 90);

export type Step = <T>(title: string, run: (log: (line: string) => void) => Promise<T>) => Promise<T>;

/**
 * Runs steps one after the other and shows each with its time. On a terminal the running step shows what it is doing;
 * elsewhere (a log file) it says so every ten seconds, so that nobody wonders whether it hangs.
 */
export function steps(): Step {
  const live = process.stdout.isTTY;
  let nth = 0;
  return async (title, run) => {
    nth += 1;
    const began = Date.now();
    let doing = '';
    const line = (mark: string, more: string): string =>
      `${mark} ${String(nth)}. ${title} (${seconds(began)})${more ? `  ${more}` : ''}`;
    const paint = (): void => void process.stdout.write(`\r\u001B[2K${line('…', doing)}`);
    const timer = setInterval(() => (live ? paint() : console.log(line('…', doing))), live ? 200 : 10_000);
    try {
      const result = await run((said) => {
        doing = brief(said);
      });
      clearInterval(timer);
      if (live) process.stdout.write('\r\u001B[2K');
      console.log(line('✓', title.startsWith('Deploy') ? '' : doing));
      return result;
    } catch (error) {
      clearInterval(timer);
      console.log(`${live ? '\n' : ''}${line('✗', doing)}`);
      throw error;
    }
  };
}
