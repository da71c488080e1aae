/**
 * Local clouds that the integration tests run on: as many files at once, each on a cloud that it has to itself. Files that are
 * named on the command line, with their extension, share one.
 */
export const clouds = process.argv.some((argument) => argument.endsWith('.test.ts')) ? 1 : 2;
