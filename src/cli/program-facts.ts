/** What `version` shows. */
export interface ProgramFacts {
  /** Version of this package. */
  readonly version: string;
  /** Version of the Node that runs it. */
  readonly node: string;
  /** Version of the OpenSSL the native core was built with; undefined when the core is not built. */
  readonly openssl: () => Promise<string | undefined>;
}
