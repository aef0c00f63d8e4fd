import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Built } from '../../../test/interop/support/go-programs.ts';
import { cacheDirectory } from '../../../test/support/environment.ts';

const SOURCE = join(import.meta.dirname, '..', '..', 'load-client');
const FLAGS = ['-std=c++20', '-O2', '-fno-exceptions', '-fno-rtti', '-Wall', '-Wextra'];
const COMPILE_MS = 300_000;

/** Sources of each program, without their `.cc`; the first has `main`. */
const PROGRAMS = {
  loadClient: [
    ...(['load_client', 'options', 'input_file', 'unix_socket', 'answer_check'] as const),
    ...(['grpc_connection', 'grpc_load', 'ping_pong', 'result'] as const),
  ],
  echoServer: ['echo_server', 'unix_socket'],
  flood: ['flood', 'unix_socket'],
} as const;

type Name = keyof typeof PROGRAMS;

/** The programs of bench/load-client, compiled once for each version of their sources and kept in this user's cache. */
export function buildLoadPrograms(nghttp2: string): Readonly<Record<Name, Built>> {
  const library = join(nghttp2, 'lib', 'libnghttp2.a');
  const place = join(cacheDirectory, 'load-client', key(nghttp2));
  const build = (name: Name): Built => {
    const path = join(place, name);
    if (existsSync(path)) return { path };
    mkdirSync(place, { recursive: true });
    const unfinished = `${path}.${process.pid}`;
    const compiler = process.env['CXX'] ?? 'g++';
    const compiled = spawnSync(
      compiler,
      [
        ...[...FLAGS, '-I', join(nghttp2, 'include')],
        ...PROGRAMS[name].map((source) => join(SOURCE, `${source}.cc`)),
        ...(name === 'loadClient' ? [library] : []),
        ...['-o', unfinished],
      ],
      { stdio: 'pipe', timeout: COMPILE_MS },
    );
    if (compiled.error !== undefined) return { missing: `${compiler}: ${compiled.error.message}` };
    if (compiled.status !== 0) {
      rmSync(unfinished, { force: true });
      throw new Error(`${compiler} on ${name}: ${compiled.stderr.toString()}`);
    }
    renameSync(unfinished, path);
    return { path };
  };
  return {
    loadClient: build('loadClient'),
    echoServer: build('echoServer'),
    flood: build('flood'),
  };
}

function key(nghttp2: string): string {
  const hash = createHash('sha256').update(nghttp2).update(FLAGS.join(' '));
  for (const name of readdirSync(SOURCE).toSorted()) hash.update(readFileSync(join(SOURCE, name)));
  return hash.digest('hex').slice(0, 16);
}
