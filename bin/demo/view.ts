import type { Heard } from './messages.ts';

/** What is counted while the day goes on. It is what was heard; the account at the end is what is true. */
export type Counts = Record<
  | 'created'
  | 'claimed'
  | 'completed'
  | 'failed'
  | 'released'
  | 'lost'
  | 'beats'
  | 'refused'
  | 'killed'
  | 'back'
  | 'hung',
  number
> & { did: Map<string, number> };

/** What is worth a line. */
const notable: ReadonlySet<string> = new Set(['accepted', 'refused', 'sent back', 'closed', 'taken over', 'reserved']);

export type View = ReturnType<typeof viewOf>;

/** Shows the day: repainted on a terminal; elsewhere a line every ten seconds. */
export function viewOf(length: number, fleet: () => { alive: number; working: number }, isQuiet: boolean) {
  const counts: Counts = {
    created: 0,
    claimed: 0,
    completed: 0,
    failed: 0,
    released: 0,
    lost: 0,
    beats: 0,
    refused: 0,
    killed: 0,
    back: 0,
    hung: 0,
    did: new Map(),
  };
  let began = Date.now();
  const live = process.stdout.isTTY && !isQuiet;
  const recent: string[] = [];
  let painted = 0;

  const clock = (): string => {
    const played = Math.min(1, (Date.now() - began) / length);
    const minutes = 9 * 60 + Math.round(played * 480);
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  };
  const lines = (): string[] => {
    const { alive, working } = fleet();
    return [
      `  ${clock()}  (${String(Math.round((Date.now() - began) / 1000))} of ${String(Math.round(length / 1000))} s)`,
      `    agents   ${String(alive)} alive, ${String(working)} at work; ${String(counts.killed)} killed, ${String(counts.back)} of them back, ${String(counts.hung)} hung`,
      `    tasks    ${String(counts.created)} created, ${String(counts.claimed)} claims, ${String(counts.completed)} finished, ${String(counts.failed)} failed, ${String(counts.released)} given back`,
      `    besides  ${String(counts.beats)} heartbeats, ${String(counts.lost)} told that it is lost, ${String(counts.refused)} refused`,
      `    together ${[...counts.did].map(([what, count]) => `${String(count)} ${what}`).join(', ')}`,
      ...recent.map((one) => `    · ${one}`),
    ];
  };
  const paint = (): void => {
    if (painted > 0) process.stdout.write(`\u001B[${String(painted)}A\u001B[0J`);
    const all = lines().map((line) => line.slice(0, (process.stdout.columns || 120) - 1));
    process.stdout.write(`${all.join('\n')}\n`);
    painted = all.length;
  };
  const oneLine = (): void => console.log(lines().slice(0, 5).join(' ·').replaceAll(/ +/g, ' '));
  const tell = (text: string): void => {
    recent.push(text);
    if (recent.length > 6) recent.shift();
    if (!isQuiet && !live) console.log(`    · ${text}`);
  };
  let timer: NodeJS.Timeout | undefined;

  return {
    counts,
    begin: (): void => {
      began = Date.now();
      if (!isQuiet) timer = setInterval(live ? paint : oneLine, live ? 500 : 10_000);
    },
    hear: (heard: Heard): void => {
      if (heard.kind === 'claimed') counts.claimed += 1;
      if (heard.kind === 'ended') counts[heard.how] += 1;
      if (heard.kind === 'renewed') counts.beats += 1;
      if (heard.kind === 'lost') counts.lost += 1;
      if (heard.kind === 'refused') counts.refused += 1;
      if (heard.kind === 'created') counts.created += 1;
      if (heard.kind === 'did') {
        counts.did.set(heard.what, (counts.did.get(heard.what) ?? 0) + 1);
        if (notable.has(heard.decision))
          tell(`${heard.agent} ${heard.what} ${heard.subject.slice(heard.subject.indexOf('/') + 1)}`);
      }
      if (heard.kind === 'trouble' || heard.kind === 'note') tell(`${heard.agent}: ${heard.text}`);
    },
    tell,
    end: (): void => {
      clearInterval(timer);
      if (live) paint();
    },
  };
}
