import { rolldown } from 'rolldown';
const b = await rolldown({ input: '/tmp/lean/dist.orig/bin/cryptobroker.js', platform: 'node', external: [/better-sqlite3/, /pg/,/\.node$/] });
await b.write({ dir: '/tmp/lean/bnd/dist/bin', format: 'esm', entryFileNames: 'cryptobroker.js', chunkFileNames:'[name]-[hash].js' });
