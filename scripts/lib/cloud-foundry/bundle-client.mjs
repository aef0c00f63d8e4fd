// Joins the modules of the client library to a few files, for applications that are pushed with the Broker beside them.
//
//   node scripts/lib/cloud-foundry/bundle-client.mjs OUT    writes index.js and its chunks to OUT; needs Node 20.19 or later

import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { projectRoot } from '../paths.mjs';

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error('say where to write');

// Two levels below the product, as every module that looks for a file of it.
const bundle = await rolldown({
  input: { index: join(projectRoot, 'src', 'client', 'index.ts') },
  cwd: projectRoot,
  platform: 'node',
  external: (id) => /^[^./]/.test(id) && !id.startsWith('@bufbuild/protobuf'),
});
await bundle.write({
  dir: out,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk.[name].js',
});
