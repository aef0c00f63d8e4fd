import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, hostEnvironment, longRun } from '../../support/environment.ts';

const CLIENT_SOURCE = join(import.meta.dirname, '..', 'go');
/** 1.9.2 and 1.9.3 cannot dial Unix sockets (fullstorydev/grpcurl#546). */
const GRPCURL = {
  module: 'github.com/fullstorydev/grpcurl/cmd/grpcurl',
  version: 'v1.9.4',
} as const;

/** A program that could be had, or why not. */
export type Built = { readonly path: string } | { readonly missing: string };

/** Builds the program around the published Go client; a second time it is there already. */
export function buildGoClient(): Built {
  return buildGoProgram(
    join('go-client', keyOf(CLIENT_SOURCE)),
    'interop',
    CLIENT_SOURCE,
    (directory) => [...['build', '-trimpath', '-o', join(directory, 'interop')], '.'],
  );
}

/** What a cache knows the program in a directory by. */
export function keyOf(source: string): string {
  const files = ['go.mod', 'go.sum', 'main.go'].map((name) => readFileSync(join(source, name)));
  return createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 16);
}

/** Builds grpcurl at a fixed version. */
export function buildGrpcurl(): Built {
  const { module, version } = GRPCURL;
  return buildGoProgram(join('grpcurl', version), 'grpcurl', undefined, () => [
    'install',
    `${module}@${version}`,
  ]);
}

/**
 * Runs `go` so that it leaves `name` in a directory of its own, which then takes its place in the cache at once: an
 * interrupted build leaves nothing behind that looks finished. Without Go or the modules there is no program; code that
 * does not compile is an error. A `slow` one is compiled in the long run alone, and used wherever it is there.
 */
export function buildGoProgram(
  place: string,
  name: string,
  source: string | undefined,
  args: (directory: string) => readonly string[],
  { slow = false }: { readonly slow?: boolean } = {},
): Built {
  const finished = join(cacheDirectory, 'interop', place);
  const path = join(finished, name);
  if (existsSync(path)) return { path };
  if (slow && !longRun) {
    return { missing: '`npm run test:long` compiles it, which takes minutes, and keeps it' };
  }
  if (spawnSync('go', ['version']).status !== 0) return { missing: 'Go is not on the PATH' };

  const unfinished = `${finished}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const options = {
    cwd: source ?? unfinished,
    // The Go of this machine, and exactly the modules that go.sum names.
    env: {
      ...hostEnvironment,
      GOTOOLCHAIN: 'local',
      GOFLAGS: '-mod=readonly',
      GOBIN: unfinished,
      CGO_ENABLED: '0',
    },
    stdio: 'pipe',
  } as const;
  if (source !== undefined) {
    const download = spawnSync('go', ['mod', 'download'], options);
    if (download.status !== 0) return { missing: firstLine(download.stderr) };
  }
  const built = spawnSync('go', args(unfinished), options);
  if (built.status !== 0) {
    // Somebody else's program that cannot be fetched is missing; one of ours that does not compile is broken.
    if (source === undefined) return { missing: firstLine(built.stderr) };
    throw new Error(`go ${args(unfinished).join(' ')}: ${built.stderr.toString()}`);
  }
  renameSync(unfinished, finished);
  return { path };
}

function firstLine(bytes: Buffer): string {
  return bytes.toString().split('\n')[0] ?? '';
}
