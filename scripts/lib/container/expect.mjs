// What the checks are written in.

import { isDeepStrictEqual } from 'node:util';

/** @param {unknown} holds @param {string} otherwise */
export function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** @param {unknown} found @param {unknown} wanted @param {string} what */
export function expectEqual(found, wanted, what) {
  expect(
    isDeepStrictEqual(found, wanted),
    `${what} is ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`,
  );
}

/** Expects a command to have ended well, and returns what it printed. @param {import('./engine.mjs').Finished} finished @param {string} what */
export function succeeded({ status, stdout, stderr }, what) {
  expect(status === 0, `${what} ended with ${status}:\n${stdout}${stderr}`);
  return stdout.trim();
}
