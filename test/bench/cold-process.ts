import { pathToFileURL } from 'node:url';

/**
 * A fresh process that becomes a function: loads a bundle, hands it one event, and tells its parent the answer and how
 * long that took from the import on. Arguments: path of the bundle, event as JSON.
 */
const [path = '', event = 'null'] = process.argv.slice(2);
const context = { functionName: 'bench', functionVersion: '1', awsRequestId: 'bench' };

const began = performance.now();
const { handler } = (await import(pathToFileURL(path).href)) as {
  handler: (event: unknown, context: unknown) => unknown;
};
const answer = await handler(JSON.parse(event), context);
const milliseconds = performance.now() - began;
process.send?.({ milliseconds, answer }, undefined, undefined, () => process.exit(0));
