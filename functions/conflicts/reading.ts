import type { Actor } from '../shared/principal.ts';
import type { Conflict, KnowledgeItem } from './contract.ts';
import { speaksFor } from './model.ts';
import { domainsOf } from './terms-model.ts';

type Reader = Pick<Actor, 'id' | 'level' | 'domain'>;

const isAbove = ({ level }: Reader): boolean => level === 'enterprise' || level === 'board';

/** Who reads a conflict: who speaks in it or raised it, everybody of a domain that it concerns, and those above. */
export const mayReadConflict = (conflict: Conflict, reader: Reader): boolean =>
  isAbove(reader) ||
  domainsOf(conflict).includes(reader.domain) ||
  conflict.opened_by === reader.id ||
  speaksFor(conflict, reader.id).length > 0;

/** What is known is for everybody, unless it is sensitive: then for the domains that it concerns, and those above. */
export const mayReadKnowledge = (item: KnowledgeItem, reader: Reader): boolean =>
  item.classification !== 'sensitive' || isAbove(reader) || item.domains.includes(reader.domain);
