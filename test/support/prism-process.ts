import { ServerResponse } from 'node:http';

/**
 * Loaded into the process of the Prism proxy (`node --import`). Prism puts what it found into a header as it is; a
 * character beyond Latin-1 in it, such as the name of an unknown field, would end the process.
 */
// oxlint-disable-next-line typescript/unbound-method -- called with the response that it is put on
const { setHeader } = ServerResponse.prototype;
const ascii = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

ServerResponse.prototype.setHeader = function setSafeHeader(name, value) {
  return setHeader.call(this, name, typeof value === 'string' && name === 'sl-violations' ? ascii(value) : value);
};

// Our end of this pipe closes when the tests end, however they end.
process.stdin.once('end', () => process.exit()).resume();
