import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildGoProgram, type Built } from '../../../test/interop/support/go-programs.ts';
import { buildLoadPrograms } from './load-programs.ts';

/** Programs beside this one, each built, or why not. */
export interface Programs {
  readonly loadClient: Built;
  readonly echoServer: Built;
  readonly flood: Built;
  readonly goServer: Built;
  readonly goClient: Built;
}

const GO_SOURCE = join(import.meta.dirname, '..', '..', 'peers', 'go');

/** Builds whatever is not there yet. `nghttp2`: directory of the static library. Throws when one of ours does not compile. */
export function buildPrograms(nghttp2: string): Programs {
  return {
    ...buildLoadPrograms(nghttp2),
    goServer: buildGo('server'),
    goClient: buildGo('client'),
  };
}

function buildGo(name: 'server' | 'client'): Built {
  const key = createHash('sha256').update(sources()).digest('hex').slice(0, 16);
  return buildGoProgram(join('go-bench', `${name}-${key}`), name, GO_SOURCE, (place) => [
    ...['build', '-trimpath', '-o', join(place, name), `./${name}`],
  ]);
}

function sources(): Buffer {
  const files = readdirSync(GO_SOURCE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Buffer.concat(files.toSorted().map((file) => readFileSync(file)));
}
