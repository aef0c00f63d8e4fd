#!/usr/bin/env node
// Makes src/generated from proto/: the message codecs (ts-proto) and the descriptors that server reflection answers
// with. The result is committed.
//
//   node scripts/generate-proto.mjs            writes it
//   node scripts/generate-proto.mjs --check    compares, and fails when a file differs, is missing or is left over

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { runAsProgram } from './lib/cli.mjs';
import { findNode } from './lib/find-node.mjs';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';
import { filesBelow } from './lib/plain-files.mjs';
import { run } from './lib/run.mjs';

const HELP = `Usage: node scripts/generate-proto.mjs [--check]

Makes src/generated from proto/. With --check it only compares and exits 1 on a difference.`;

const generated = join(projectRoot, 'src', 'generated');
const plugin = join(projectRoot, 'node_modules', '.bin', 'protoc-gen-ts_proto');

/** Every file below proto/, by the names it is imported by. */
const SOURCES = [
  'cryptobroker/crypto_broker.proto',
  'cryptobroker/server_view.proto',
  'cryptobroker/gateway/v1/uplink.proto',
  'cryptobroker/gateway/v1/admin.proto',
  'cryptobroker/gateway/v1/status.proto',
  'grpc/health/v1/health.proto',
];

/**
 * ts-proto: literals instead of enums and unions for oneofs, as our TypeScript rules ask; codecs only. Not env=node: it
 * would copy every bytes field into a Buffer of its own, and the copy of a private key would outlive the wiping of the
 * request.
 */
const TS_PROTO = [
  'esModuleInterop=true',
  'importSuffix=.ts',
  'forceLong=bigint',
  'oneof=unions-value',
  'enumsAsLiterals=true',
  'outputServices=none',
  'outputJsonMethods=false',
  'outputPartialMethods=false',
  'outputTypeRegistry=false',
  'useDate=false',
  'comments=true',
  // The same output whichever protoc the machine has.
  'annotateFilesWithVersion=false',
];

const IMPORTS = /^import .*@bufbuild\/protobuf\/wire";\n/m;
const UNTYPED_DEPTH = '(reader as any).__tsProtoDecodeDepth';

/** What ts-proto keeps on its readers, for every codec behind its imports. */
const DEPTH_TYPE = `
/** How deep a message is nested is counted on its reader: messages can be made to be deep. */
type DepthReader = BinaryReader & { __tsProtoDecodeDepth?: number };
`;

/** How ts-proto gives a number the type of an enum, and what that is here: a cast that says of nothing else that it fits. */
const UNTYPED_ENUM = ' as any';
const TYPED_ENUM = ' as never';

/** What the casts that follow mean. */
const ENUM_CASTS = `
// \`as never\` below: an enum's number is taken as it came; one that is not known stays a number (proto3, open enums).
`;

/** What reflection shows: the wire as its users know it, without the server's private view of it. */
const REFLECTED = ['cryptobroker/crypto_broker.proto', 'grpc/health/v1/health.proto'];

await runAsProgram(import.meta.url, HELP, { check: { type: 'boolean' } }, async ({ check }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'crypto-broker-generate-'));
  try {
    const codecs = join(scratch, 'codecs');
    await mkdir(codecs);
    await protoc([
      `--plugin=${plugin}`,
      `--ts_proto_out=${codecs}`,
      `--ts_proto_opt=${TS_PROTO.join(',')}`,
      ...SOURCES,
    ]);
    const wanted = filesBelow(codecs).map((path) => [
      path,
      withTypedDepth(readFileSync(join(codecs, path), 'utf8')),
    ]);
    wanted.push(['descriptors.ts', await makeDescriptors(scratch)]);
    for (const [path, content] of wanted) {
      const target = join(generated, path);
      if (!check) await mkdir(dirname(target), { recursive: true });
      writeOrCheck(target, content);
    }
    dropLeftovers(new Set(wanted.map(([path]) => path)), check);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return process.exitCode;
});

/** ts-proto's output with a type for what it keeps on its readers, and the reason of the casts that stay. */
function withTypedDepth(code) {
  if (!IMPORTS.test(code)) throw new Error('ts-proto begins its files differently now');
  const typed = code.replaceAll(UNTYPED_DEPTH, '(reader as DepthReader).__tsProtoDecodeDepth');
  const head = typed.includes(UNTYPED_ENUM) ? DEPTH_TYPE + ENUM_CASTS : DEPTH_TYPE;
  return typed.replaceAll(UNTYPED_ENUM, TYPED_ENUM).replace(IMPORTS, (line) => line + head);
}

/** A module with the FileDescriptorSet as base64: a package of modules needs no path to a file at run time. */
async function makeDescriptors(scratch) {
  const file = join(scratch, 'descriptors.binpb');
  await protoc([`--descriptor_set_out=${file}`, '--include_imports', ...REFLECTED]);
  const lines = readFileSync(file)
    .toString('base64')
    .match(/.{1,96}/g);
  return [
    '// Made by scripts/generate-proto.mjs from proto/. DO NOT EDIT.',
    '',
    '/** The public services as a google.protobuf.FileDescriptorSet, in base64. */',
    'export const FILE_DESCRIPTOR_SET =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

/** The plugin starts as `node` by PATH, so the right one stands first there. */
async function protoc(args) {
  const env = {
    ...process.env,
    PATH: `${dirname(findNode())}${delimiter}${process.env.PATH ?? ''}`,
  };
  await run('protoc', ['--proto_path=proto', ...args], { cwd: projectRoot, env });
}

/** Removes, or with `check` reports, what an earlier run made and this one does not. */
function dropLeftovers(wanted, check) {
  for (const path of filesBelow(generated).filter((name) => !wanted.has(name))) {
    if (check) {
      console.error(
        `src/generated/${path} is made by nothing in proto/: run \`npm run generate\` and commit the result`,
      );
      process.exitCode = 1;
    } else {
      rmSync(join(generated, path));
    }
  }
}
