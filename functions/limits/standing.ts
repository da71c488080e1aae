import * as z from 'zod';
import { PrincipalKind } from '../shared/contract.ts';
import type { Key, Table } from '../shared/dynamo.ts';
import { admissionKeys, levelOf } from '../shared/principal.ts';
import type { Standing } from './change-model.ts';
import type { Scope } from './contract.ts';

const keyOf = ({ kind, id }: Scope): Key | undefined => {
  if (kind === 'agent') return admissionKeys.principal(id);
  if (kind === 'team') return admissionKeys.team(id);
  return kind === 'domain' ? admissionKeys.domain(id) : undefined;
};

const defaults = new Set(['domain', 'team', 'agent']);

/** The part of a directory record that says where it stands. */
const Placed = z.object({ kind: PrincipalKind.optional(), domain: z.string().optional() });

/** Looks a scope up among the records that admission reads. */
export const standingIn =
  (table: Table) =>
  async (scope: Scope): Promise<Standing | undefined> => {
    const { kind, id } = scope;
    if (kind === 'default') return defaults.has(id) ? { scope, level: 'enterprise', domain: 'enterprise' } : undefined;
    const key = keyOf(scope);
    if (!key) return id === 'enterprise' ? { scope, level: 'enterprise', domain: 'enterprise' } : undefined;
    const [item] = await table.getMany([key]);
    const placed = Placed.safeParse(item).data;
    if (!placed) return undefined;
    const domain = kind === 'domain' ? id : (placed.domain ?? 'enterprise');
    return { scope, level: kind === 'agent' && placed.kind ? levelOf[placed.kind] : 'domain', domain };
  };
