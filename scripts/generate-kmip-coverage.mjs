// Writes the tables of docs/kmip-coverage.md from the code: operations, attributes, result reasons, limits. Needs Node 24
// (type stripping).
//
//   node scripts/with-node.mjs scripts/generate-kmip-coverage.mjs [--check]

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attributeTables } from './kmip-coverage/attributes.mjs';
import { failureTables } from './kmip-coverage/failures.mjs';
import { limitTables } from './kmip-coverage/limits.mjs';
import { operationTables } from './kmip-coverage/operations.mjs';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';

const path = join(projectRoot, 'docs', 'kmip-coverage.md');
const tables = {
  ...operationTables(),
  ...attributeTables(),
  ...failureTables(),
  ...limitTables(),
};
writeOrCheck(path, withTables(readFileSync(path, 'utf8')));

/** Puts each table between its marks. Every table has a place in the document, and every place a table. */
function withTables(document) {
  const marks = /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end of \2 -->)/gu;
  const places = [...document.matchAll(marks)].map(([, , name]) => name);
  const names = Object.keys(tables);
  if (places.toSorted().join() !== names.toSorted().join()) {
    throw new Error(`docs/kmip-coverage.md has places for ${places}, and there is ${names}`);
  }
  return document.replace(
    marks,
    (_, before, name, after) => `${before}\n${tables[name]}\n\n${after}`,
  );
}
