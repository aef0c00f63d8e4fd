// Joins the modules of the command line to a few files: what each command needs, and what they share.
//
//   node scripts/lib/bundle.mjs OUT    writes cryptobroker.js and its chunks to OUT; needs Node 20.19 or later
//
// Finding, reading and linking 300 modules took a server 90 ms of CPU and 12 MiB at every start, before its first own line.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { projectRoot } from './paths.mjs';

/** Packages that every start loads. The others stay where they are: most starts need none of them. */
const INSIDE = ['@bufbuild/protobuf', 'commander', 'yaml'];

/**
 * The vault's writer is a thread, which finds its module beside the module that starts it. All files lie in one directory
 * two levels below the package, as every module of src/ that looks for a file of the package does.
 */
const ENTRIES = {
  cryptobroker: join(projectRoot, 'src', 'bin', 'cryptobroker.ts'),
  'writer-thread': join(projectRoot, 'src', 'vault', 'sqlite', 'writer', 'writer-thread.ts'),
};

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error('say where to write');

const bundle = await rolldown({
  input: ENTRIES,
  cwd: projectRoot,
  platform: 'node',
  external: (id) => /^[^./]/.test(id) && !INSIDE.includes(packageOf(id)),
});
const { output } = await bundle.write({
  dir: out,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk.[name].js',
  sourcemap: true,
});
const chunks = output.filter(({ type }) => type === 'chunk');
// It waits for the command to end, and what imports it would wait for it.
const waiting = chunks.filter(({ imports }) => imports.includes('cryptobroker.js'));
if (waiting.length > 0) throw new Error(`${waiting[0].fileName} imports the program itself`);
writeFileSync(join(out, 'LICENSES.txt'), notices(chunks.flatMap(({ moduleIds }) => moduleIds)));

/** The package of an import: `yaml`, or `@bufbuild/protobuf` for `@bufbuild/protobuf/wire`. */
function packageOf(id) {
  return id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What the licences of the packages inside ask to be kept: their text, and the notices in the files that are used. */
function notices(modules) {
  return INSIDE.map((name) => {
    const dir = join(projectRoot, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const text = join(dir, 'LICENSE');
    const inFiles = modules
      .filter((path) => path.startsWith(`${dir}/`))
      .map((path) => /^(?:\/\/.*\n)*/.exec(readFileSync(path, 'utf8'))?.[0] ?? '')
      .filter((notice) => notice.includes('Copyright'));
    return [
      `${name} ${version} (${license})\n`,
      ...(existsSync(text) ? [readFileSync(text, 'utf8')] : []),
      ...new Set(inFiles),
    ].join('\n');
  }).join(`\n${'-'.repeat(80)}\n\n`);
}
