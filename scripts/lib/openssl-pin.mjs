// Which OpenSSL we build and how.

/** The branch: OpenSSL 3.5 is a long-term release, supported to April 2030. */
export const BRANCH = '3.5';

/** The Debian release whose source package, patches included, is taken on every Debian. */
export const DEBIAN_SUITE = 'trixie';

/**
 * The oldest Debian version we accept. Debian lists older ones as well, and they lack the fixes of its security
 * advisory of August 2026. Raise it with every advisory that reaches us; a cached build below it is built anew.
 */
export const DEBIAN_MINIMUM = '3.5.7-1~deb13u2';

/**
 * The official release, for machines without Debian's source packages. 3.5.8 is the first release that has the fixes
 * Debian carries as patches on 3.5.7.
 *
 * Where the hash comes from: OpenSSL publishes it beside the tarball, and unrelated projects that build 3.5.8 have all
 * recorded this same value from there. When raising the version, take it from the release page and check the
 * signature; for a release that Debian packages, it is also the hash of the .orig.tar.gz in the .dsc file.
 */
export const RELEASE = {
  version: '3.5.8',
  url: 'https://github.com/openssl/openssl/releases/download/openssl-3.5.8/openssl-3.5.8.tar.gz',
  sha256: 'a8f84a39918ec6415ce765d9b429d313ba97b8143169c172e734b9514464f5b2',
};

/**
 * Configure's arguments.
 *
 * `enable-ec_nistp_64_gcc_128` makes P-384 and P-521 five to ten times faster and is no default of OpenSSL's.
 * `no-autoload-config` keeps OPENSSL_CONF, which belongs to Node's own OpenSSL, from steering the one in our addon.
 * `no-module` must never appear here: it switches the FIPS provider off without a word.
 */
export const CONFIGURE_FLAGS = [
  'enable-fips',
  'enable-ec_nistp_64_gcc_128',
  'no-shared',
  'no-tests',
  'no-docs',
  'no-legacy',
  'no-engine',
  'no-comp',
  'no-quic',
  'no-ssl3',
  'no-autoload-config',
  '-fPIC',
  '-fstack-protector-strong',
  '-D_FORTIFY_SOURCE=3',
  '-Wl,-z,relro',
  '-Wl,-z,now',
];

/**
 * The directories compiled into libcrypto. They exist nowhere and only root could create them, so nothing is ever
 * read from there; and because they do not name the cache, the result is the same whoever builds it.
 */
export const PREFIX = '/var/empty/crypto-broker';

/**
 * The key of the FIPS module's integrity check. It is published in OpenSSL's source: the check finds damage, not an
 * attacker. We compute the value ourselves as well and compare it with what OpenSSL's own tool says.
 */
export const FIPS_INTEGRITY_KEY =
  'f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813';
