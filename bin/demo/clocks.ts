/**
 * Has the workflows of the local cloud wait for a fraction of their time, as the day is played in a fraction of its own. Records
 * keep their times; it is the clock that comes early.
 */
export async function scaleWaits(endpoint: string, fraction: number): Promise<void> {
  const name = 'stepfunctions._SFN_WAIT_SCALE';
  const reply = await fetch(`${endpoint}/_ministack/config`, {
    method: 'POST',
    body: JSON.stringify({ [name]: fraction }),
  });
  const { applied } = (await reply.json()) as { applied?: Record<string, number> };
  if (applied?.[name] !== fraction) throw new Error('the waits of workflows could not be scaled');
}
