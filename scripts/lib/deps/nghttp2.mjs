// nghttp2, the HTTP/2 library, as a static library. Node exports most of its functions from a copy of its own, so ours
// has every symbol hidden.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobs } from '../run.mjs';
import { buildEnvironment } from './build-environment.mjs';
import { copyFiles } from './copy-files.mjs';
import { NGHTTP2_PIN } from './pins.mjs';

/** Without NDEBUG, as distributions build it: a broken invariant ends the process instead of going on. */
const COMPILE_FLAGS = [
  '-O2',
  '-fPIC',
  '-fvisibility=hidden',
  '-ffunction-sections',
  '-fdata-sections',
  '-fstack-protector-strong',
  '-D_FORTIFY_SOURCE=3',
];

const SETTINGS = {
  ENABLE_LIB_ONLY: 'ON',
  BUILD_SHARED_LIBS: 'OFF',
  BUILD_STATIC_LIBS: 'ON',
  BUILD_TESTING: 'OFF',
  ENABLE_DOC: 'OFF',
  // Its own build types would add flags to ours.
  CMAKE_BUILD_TYPE: 'None',
};

/** @type {import('./dependency.mjs').Dependency} */
export const NGHTTP2 = {
  name: 'nghttp2',
  title: 'nghttp2',
  purpose: 'nghttp2',
  advice: 'The usual causes are a full disk, or a package mirror that does not answer.',
  tarballVariable: 'NGHTTP2_TARBALL',
  pin: NGHTTP2_PIN,
  recipe: { flags: COMPILE_FLAGS, settings: SETTINGS },
  files: ['lib/libnghttp2.a', 'include/nghttp2/nghttp2.h', 'include/nghttp2/nghttp2ver.h'],
  versionOf,
  build,
};

/** Configure, compile, gather. */
async function build(sourceDir, outDir, cc, step) {
  const env = buildEnvironment(cc);
  const buildDir = join(sourceDir, '.build');
  const settings = {
    ...SETTINGS,
    CMAKE_C_COMPILER: cc,
    // Its assertions name their file; the path of a cache says nothing to anybody else.
    CMAKE_C_FLAGS: [...COMPILE_FLAGS, `-ffile-prefix-map=${sourceDir}=nghttp2`].join(' '),
  };
  step.say('configuring');
  await step.run(
    'cmake',
    [
      ...['-S', sourceDir, '-B', buildDir, '-G', 'Unix Makefiles'],
      ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
    ],
    { env },
  );
  step.say('compiling');
  await step.run('cmake', ['--build', buildDir, '--parallel', String(jobs())], { env });

  const header = join('include', 'nghttp2', 'nghttp2.h');
  const versionHeader = join('include', 'nghttp2', 'nghttp2ver.h');
  copyFiles([
    [join(sourceDir, 'lib', 'includes', 'nghttp2', 'nghttp2.h'), join(outDir, header)],
    [join(buildDir, 'lib', 'includes', 'nghttp2', 'nghttp2ver.h'), join(outDir, versionHeader)],
    [join(buildDir, 'lib', 'libnghttp2.a'), join(outDir, 'lib', 'libnghttp2.a')],
    [join(sourceDir, 'COPYING'), join(outDir, 'LICENSE.txt')],
  ]);
  return { flags: COMPILE_FLAGS };
}

/** The version that its CMakeLists.txt gives. */
function versionOf(sourceDir) {
  const path = join(sourceDir, 'CMakeLists.txt');
  if (!existsSync(path)) return '';
  return (
    /^project\(\s*nghttp2\s+VERSION\s+(\d+\.\d+\.\d+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
  );
}
