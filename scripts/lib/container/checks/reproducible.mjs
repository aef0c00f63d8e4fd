// Two builds of the same sources have the same files.

import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256File } from '../../stamp.mjs';
import { buildImage, imageName } from '../build.mjs';
import { expect } from '../expect.mjs';
import { copyBuildContext } from '../site.mjs';
import { entriesBelow, mount, unmount } from './image.mjs';

const AGAIN = 'localhost/crypto-broker:again';
/**
 * Files that no build looks at, in folders that the stages copy: with them no layer of the first build is taken for the second one's,
 * from the addon on. OpenSSL and the packages of npm are those of the first: their versions are pinned by hash.
 */
const UNLIKE_THE_FIRST = ['native/again.md', 'src/again.md', 'scripts/lib/release/again.md'];

/** @param {import('../site.mjs').Site} site @param {import('../../check-list.mjs').CheckList} list */
export async function checkReproducible({ engine, steps, scratch, context }, list) {
  const image = imageName('gateway');
  await list.check('a second build gives the same files, byte for byte', async () => {
    const copy = join(scratch, 'again');
    copyBuildContext(context, copy);
    for (const file of UNLIKE_THE_FIRST)
      writeFileSync(join(copy, file), `${process.pid} ${Date.now()}`);
    await steps.step('container-again', 'the same image again', (step) =>
      buildImage(engine, step, { target: 'gateway', name: AGAIN, context: copy }),
    );
    const first = filesOf(engine, image);
    const second = filesOf(engine, AGAIN);
    const names = [...new Set([...first.keys(), ...second.keys()])];
    const different = names.filter((name) => first.get(name) !== second.get(name));
    expect(different.length === 0, `different: ${different.join(', ')}`);
    return `${names.length} files`;
  });
  engine.ask('podman', ['image', 'rm', '--force', AGAIN]);
}

/** Mode and hash of every entry. */
function filesOf(engine, image) {
  const root = mount(engine, image);
  try {
    return new Map(
      [...entriesBelow(root)].map(({ path, stat }) => [path, describe(join(root, path), stat)]),
    );
  } finally {
    unmount(engine, image);
  }
}

function describe(path, stat) {
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isSymbolicLink()) return `${mode} ${readlinkSync(path)}`;
  return stat.isFile() ? `${mode} ${sha256File(path)}` : mode;
}
