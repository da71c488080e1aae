/** Where the time comes from: an argument of every rule, so that a test can set it. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** Whole seconds since the epoch, the unit of DynamoDB TTL and of JWT times. */
export const epochSeconds = (at: Date): number => Math.floor(at.getTime() / 1000);

export const addSeconds = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000);

/** UTC calendar day, `2026-11-22`. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
