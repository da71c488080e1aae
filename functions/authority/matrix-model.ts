import type { Fault } from '../shared/errors.ts';
import type { MatrixRow } from './contract.ts';
import { governance } from './matrix.ts';

/** What is wrong with the rows of a matrix; none where they may come into force. */
export function matrixFaults(rows: readonly MatrixRow[]): Fault[] {
  const faults = rows.flatMap((row, at) => [
    ...twice(rows, at, 'id'),
    ...twice(rows, at, 'type'),
    ...(row.level === 'board' && row.rule === 'must_escalate'
      ? [{ pointer: `/body/rows/${at}/rule`, detail: 'Nothing stands above the board.' }]
      : []),
    ...(governance.includes(row.type) && row.people === undefined
      ? [{ pointer: `/body/rows/${at}/people`, detail: `\`${row.type}\` takes two people at least.` }]
      : []),
  ]);
  // Without its row nobody could ever propose the change that brings it back.
  const missing = governance.filter((type) => !rows.some((row) => row.type === type));
  return [...faults, ...missing.map((type) => ({ pointer: '/body/rows', detail: `There is no row for \`${type}\`.` }))];
}

function twice(rows: readonly MatrixRow[], at: number, field: 'id' | 'type'): Fault[] {
  const value = rows[at]?.[field];
  if (rows.findIndex((row) => row[field] === value) === at) return [];
  return [{ pointer: `/body/rows/${at}/${field}`, detail: `${value} is named twice.` }];
}
