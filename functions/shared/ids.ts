import { randomInt } from 'node:crypto';
import { v7 } from 'uuid';
import * as z from 'zod';

let latest = { msecs: 0, seq: 0 };

/**
 * Time-ordered identifier (RFC 9562 version 7), lower case, that carries the given instant. Identifiers of one instant
 * keep the order in which one process made them.
 */
export function newId(at: Date): string {
  const msecs = at.getTime();
  const seq = msecs === latest.msecs ? latest.seq + 1 : randomInt(2 ** 31);
  latest = { msecs, seq };
  return v7({ msecs, seq });
}

/** Prefixed, time-ordered identifier such as `dec_0192…`; the prefix tells a reader what it names. */
export const newIdOf = (
  prefix:
    | 'dec'
    | 'esc'
    | 'rfs'
    | 'hld'
    | 'imp'
    | 'rec'
    | 'sim'
    | 'dlg'
    | 'bgl'
    | 'tsk'
    | 'dep'
    | 'rsv'
    | 'hnd'
    | 'cnf'
    | 'kno',
): string => `${prefix}_${v7()}`;

/** Milliseconds since the epoch carried by a UUIDv7. */
export const millisOf = (uuidv7: string): number => Number.parseInt(uuidv7.replaceAll('-', '').slice(0, 12), 16);

/** Smallest UUIDv7 of an instant: a lower bound for range queries on time-ordered keys. */
export const floorId = (at: Date): string => {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
};

/** Identifier chosen by a customer: lower case, starts with a letter, 3 to 64 characters. */
export const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{2,63}$/)
  .meta({ description: 'Lower-case identifier, 3 to 64 characters of a-z, 0-9, _ and -, starting with a letter.' });

export const PrincipalId = Slug.meta({ id: 'PrincipalId', example: 'agt_checkout_1' });
export const TeamId = Slug.meta({ id: 'TeamId', example: 'checkout' });
export const DomainId = Slug.meta({ id: 'DomainId', example: 'product' });
export const DecisionId = z
  .string()
  .regex(/^dec_[0-9a-f-]{36}$/)
  .meta({ id: 'DecisionId' });
export const EscalationId = z
  .string()
  .regex(/^esc_[0-9a-f-]{36}$/)
  .meta({ id: 'EscalationId' });
export const DelegationId = z
  .string()
  .regex(/^dlg_[0-9a-f-]{36}$/)
  .meta({ id: 'DelegationId' });
export const BreakGlassId = z
  .string()
  .regex(/^bgl_[0-9a-f-]{36}$/)
  .meta({ id: 'BreakGlassId' });
export const DependencyId = z
  .string()
  .regex(/^dep_[0-9a-f-]{36}$/)
  .meta({ id: 'DependencyId' });
export const ReservationId = z
  .string()
  .regex(/^rsv_[0-9a-f-]{36}$/)
  .meta({ id: 'ReservationId' });
export const HandoffId = z
  .string()
  .regex(/^hnd_[0-9a-f-]{36}$/)
  .meta({ id: 'HandoffId' });
export const ConflictId = z
  .string()
  .regex(/^cnf_[0-9a-f-]{36}$/)
  .meta({ id: 'ConflictId' });
export const TaskId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
  .meta({ id: 'TaskId', example: 'TASK-1042' });
/** UUIDv7 in its canonical lower-case form. */
export const EntryId = z.uuidv7().meta({ id: 'EntryId' });
export const Timestamp = z.iso
  .datetime({ offset: false })
  .meta({ id: 'Timestamp', example: '2026-11-01T09:00:00.000Z' });
