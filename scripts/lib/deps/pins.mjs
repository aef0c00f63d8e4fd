// What is built from the source of others: which versions, and where they come from.
//
// `debian.minimum` is the oldest Debian version we accept. Debian lists older ones as well, and they lack the fixes of
// its security advisories. Raise it with every advisory that reaches us; a cached build below it is built anew.
//
// `release` is the official one, for machines without Debian's packages. Where the hashes come from: the project
// publishes them beside the file, and unrelated projects that build the same version have all recorded the same value
// from there. When raising a version, take the hash from the release page and check the signature where there is one;
// for a release that Debian packages, it is also the hash of the .orig.tar.gz in the .dsc file.

/** The Debian release whose packages, patches included, are taken on every Debian. */
export const DEBIAN_SUITE = 'trixie';

/**
 * @typedef {object} Pin
 * @property {string} branch versions `branch.*` are taken, no others
 * @property {{form: 'source' | 'binary', package: string, minimum: string}} debian
 * @property {{version: string, url: string, sha256: string}} release
 */

/**
 * OpenSSL 3.5 is a long-term release, supported to April 2030. Debian's fixes are those of its advisory of August 2026;
 * 3.5.8 is the first release that has what Debian carries as patches on 3.5.7.
 * @type {Pin}
 */
export const OPENSSL_PIN = {
  branch: '3.5',
  debian: { form: 'source', package: 'openssl', minimum: '3.5.7-1~deb13u2' },
  release: {
    version: '3.5.8',
    url: 'https://github.com/openssl/openssl/releases/download/openssl-3.5.8/openssl-3.5.8.tar.gz',
    sha256: 'a8f84a39918ec6415ce765d9b429d313ba97b8143169c172e734b9514464f5b2',
  },
};

/**
 * Every 1.x has the same interface. Debian's fix is that of CVE-2026-27135 (a remote peer could end the process), which
 * releases have from 1.68.1 on.
 * @type {Pin}
 */
export const NGHTTP2_PIN = {
  branch: '1',
  debian: { form: 'source', package: 'nghttp2', minimum: '1.64.0-1.1+deb13u1' },
  release: {
    version: '1.70.0',
    url: 'https://github.com/nghttp2/nghttp2/releases/download/v1.70.0/nghttp2-1.70.0.tar.gz',
    sha256: 'aa317e2cf9dca6afa0aed68f8fad6ff303ec6982e25a78c75c0b65e2b9b3ded5',
  },
};

/**
 * Headers alone: Debian's binary package is all there is to have.
 * @type {Pin}
 */
export const PROTOZERO_PIN = {
  branch: '1',
  debian: { form: 'binary', package: 'libprotozero-dev', minimum: '1.8.1-1' },
  release: {
    version: '1.8.1',
    url: 'https://github.com/mapbox/protozero/archive/refs/tags/v1.8.1.tar.gz',
    sha256: '6c7a896f1dc08435e8cd4f3780ff688cd0bfce6890599b755f6f3cb36398dc25',
  },
};
