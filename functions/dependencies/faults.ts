import { Problem } from '../shared/errors.ts';

/** A field of the body that is not acceptable, for a reason that its schema cannot say. */
export const invalid = (field: string, detail: string): Problem =>
  new Problem('InvalidFields', `/body/${field}: ${detail}`, { faults: [{ pointer: `/body/${field}`, detail }] });
