import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, runProgram, type Ended } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

// The gate on the addon's binary, shown shared libraries that lack one thing each.

const REQUIRED = `
  __attribute__((visibility("default"))) int napi_register_module_v1(void) { return work(); }
  __attribute__((visibility("default"))) int node_api_module_get_api_version_v1(void) { return 9; }
`;
const HARDENED = ['-Wl,-z,now', '-Wl,-z,relro', '-Wl,-z,noexecstack'];

/** Compiles a library that has what Node looks for and the given C beside it, and checks that. */
async function checkLibrary(
  code: string,
  flags: readonly string[] = HARDENED,
  required = REQUIRED,
): Promise<Ended> {
  const library = join(scratchDirectory(), 'library.node');
  const compiled = await runProgram(
    ['gcc', '-shared', '-fPIC', '-fvisibility=hidden', ...flags, '-x', 'c', '-', '-o', library],
    { input: `${code}\n${required}` },
  );
  expect(compiled.error).toBe('');
  expect(existsSync(library)).toBe(true);
  const script = join(ROOT, 'scripts', 'check-binary.mjs');
  return await runProgram([process.execPath, script, library]);
}

describe('the gate on the binary', () => {
  it('passes a library that takes nothing and gives nothing away', async () => {
    expect(await checkLibrary('static int work(void) { return 0; }')).toMatchObject({ exit: 0 });
  });

  it.each(['nghttp2_session_mem_recv2', 'EVP_sha256'])(
    'refuses one that takes %s from whatever is loaded, which would be from Node',
    async (name) => {
      const ended = await checkLibrary(`int ${name}(void);\nint work(void) { return ${name}(); }`);
      expect(ended.exit).toBe(1);
      expect(ended.error).toContain(`takes ${name} from whatever library happens to be loaded`);
    },
  );

  it('refuses one that needs nghttp2 only weakly: Node would provide it all the same', async () => {
    const ended = await checkLibrary(
      `__attribute__((weak)) int nghttp2_version(int);
       int work(void) { return nghttp2_version ? nghttp2_version(0) : 0; }`,
    );
    expect(ended.exit).toBe(1);
    expect(ended.error).toContain('takes nghttp2_version from');
  });

  it('refuses one that shows a symbol of nghttp2', async () => {
    const ended = await checkLibrary(
      `__attribute__((visibility("default"))) int nghttp2_version(void) { return 1; }
       static int work(void) { return nghttp2_version(); }`,
    );
    expect(ended.exit).toBe(1);
    expect(ended.error).toContain('exports nghttp2_version besides what Node looks up');
  });

  it('refuses one that Node could not load', async () => {
    const ended = await checkLibrary('int work(void) { return 0; }', HARDENED, '');
    expect(ended.exit).toBe(1);
    expect(ended.error).toContain('does not export napi_register_module_v1');
  });

  it.each([
    ['-Wl,-z,lazy', 'binds symbols lazily'],
    ['-Wl,-z,norelro', 'has no RELRO segment'],
    ['-Wl,-z,execstack', 'asks for an executable stack'],
  ])('refuses one linked with %s', async (flag, finding) => {
    const ended = await checkLibrary('static int work(void) { return 0; }', [...HARDENED, flag]);
    expect(ended.exit).toBe(1);
    expect(ended.error).toContain(finding);
  });

  it('refuses a file that is no library', async () => {
    const script = join(ROOT, 'scripts', 'check-binary.mjs');
    const ended = await runProgram([process.execPath, script, script]);
    expect(ended.exit).toBe(1);
    expect(ended.error).toContain('cannot be read as a shared library');
  });
});
