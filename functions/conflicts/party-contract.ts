import * as z from 'zod';
import { DomainId, PrincipalId, TeamId } from '../shared/ids.ts';

/** A text of one character or more, without blanks at its ends. */
export const text = (most: number) => z.string().trim().min(1).max(most);

export const PartyId = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{2,63}$/)
  .meta({ id: 'PartyId', description: 'The team that is a party, or the domain.', example: 'checkout' });

export const OptionId = z
  .string()
  .regex(/^opt_[1-9][0-9]?$/)
  .meta({ id: 'ConflictOptionId', example: 'opt_1' });

export const Party = z
  .strictObject({
    id: PartyId,
    domain: DomainId,
    team: TeamId.nullable(),
    speakers: z.array(PrincipalId).min(1).max(4).meta({ description: 'Who speaks for it; whoever speaks first.' }),
  })
  .meta({ id: 'ConflictParty' });
export type Party = z.output<typeof Party>;

export const NewParty = z
  .strictObject({
    domain: DomainId,
    team: TeamId.nullable().default(null).meta({ description: 'The team; null where the domain itself is the party.' }),
    speakers: z
      .array(PrincipalId)
      .max(3)
      .default([])
      .meta({
        description:
          'Agents of the party, or the orchestrator of its domain. Across domains that orchestrator may always speak; ' +
          'inside of one it is to decide, and speaks only where it is named.',
      }),
  })
  .meta({ id: 'NewConflictParty' });
export type NewParty = z.output<typeof NewParty>;
