// Writes native/broker/error_statuses.inc, the statuses of src/errors/codes.ts for the native methods. Needs Node 24
// (type stripping).
//
//   node scripts/with-node.mjs scripts/generate-error-statuses.mjs [--check]

import { join } from 'node:path';
import { ERROR_CODES } from '../src/errors/codes.ts';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';

const HEAD = `// Made by scripts/generate-error-statuses.mjs from src/errors/codes.ts. Change the table there.
`;

/** `INVALID_ARGUMENT` as native/rpc/status.h spells it: `kInvalidArgument`. */
function constant(status) {
  const words = status.toLowerCase().split('_');
  return `k${words.map((word) => `${word[0].toUpperCase()}${word.slice(1)}`).join('')}`;
}

const rows = Object.entries(ERROR_CODES).map(
  ([code, { status }]) => `CRYPTOBROKER_ERROR_STATUS(${code}, ${constant(status)})\n`,
);

writeOrCheck(join(projectRoot, 'native', 'broker', 'error_statuses.inc'), HEAD + rows.join(''));
