// The environment that the source of others is compiled in.

/** Settings of the person's shell that would change what is built without being part of the cache key. */
const FOREIGN_VARIABLES =
  /^(C|CXX|CPP|LD|AR|AS)FLAGS$|^(CPP)?(DEFINES|INCLUDES)$|^(LDLIBS|CROSS_COMPILE|MAKEFLAGS|MAKELEVEL|MFLAGS)$|^(OPENSSL|CMAKE)_|^PERL5?|^DESTDIR$/;

/**
 * @param {string} cc the C compiler
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function buildEnvironment(cc, env = process.env) {
  const kept = Object.entries(env).filter(([name]) => !FOREIGN_VARIABLES.test(name));
  return { ...Object.fromEntries(kept), CC: cc, LC_ALL: 'C' };
}
