import * as z from 'zod';

/** Whole number, at least 1, written as text. */
export const Count = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/)
  .transform(Number);

/** JSON text of the given shape. */
export const jsonOf = <S extends z.ZodType>(shape: S) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.issues.push({ code: 'custom', message: 'is not JSON', input: text });
        return z.NEVER;
      }
    })
    .pipe(shape);

/** Reading state. */
export const ReadEnv = z.object({ STATE_TABLE: z.string().min(1) });

/** `commit`: state and ledger in one transaction. */
export const CommitEnv = ReadEnv.extend({ LEDGER_TABLE: z.string().min(1), LEDGER_SHARDS: Count });

/** `serve`: commit, cursors and the rate limit. */
export const ApiEnv = CommitEnv.extend({
  CURSOR_KEY_ID: z.string().min(1),
  RATE_LIMIT_PER_MINUTE: Count,
});

/** Issuer of the receipts' signatures, and how long one holds. */
export const ReceiptEnv = z.object({
  RECEIPT_KEY_ID: z.string().min(1),
  RECEIPT_TTL_SECONDS: Count,
  RECEIPT_ISSUER: z.string().min(1),
});

/** Key that signs checkpoints of the ledger, and the name of the log in them. */
export const CheckpointEnv = z.object({ CHECKPOINT_KEY_ID: z.string().min(1), CHECKPOINT_ORIGIN: z.string().min(1) });

/** Keys that the keys of data subjects are wrapped with, and that pseudonyms are made with. */
export const DataSubjectsEnv = z.object({
  SUBJECTS_KEY_ID: z.string().min(1),
  PSEUDONYM_KEY_ID: z.string().min(1),
});

/**
 * What the deployment bound to this function, checked once at start.
 * @throws Error naming each variable that is missing or malformed, never its value
 */
export const readEnv = <S extends z.ZodObject>(schema: S, source: NodeJS.ProcessEnv = process.env): z.output<S> => {
  const read = schema.safeParse(source);
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`Environment of the function is not complete: ${faults.join('; ')}`);
};

/** A clock's consumer and sweeper: commit, and the workflow whose executions they start. */
export const ClockEnv = CommitEnv.extend({ CLOCK_WORKFLOW_ARN: z.string().min(1) });
