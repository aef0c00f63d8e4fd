/** The largest of everything a vault takes. Whatever is within these bounds is accepted by every implementation. */
export const VAULT_LIMITS = {
  /** Characters of a uid, tenant, service, service key id, state name, actor, operation, outcome or correlation id. */
  text: 512,
  /** Characters of a quarantine reason. */
  reason: 1024,
  /** Bytes of a wrapped key: an RSA-16384 private key in PKCS #8 is below 10 KiB. */
  wrapped: 64 * 1024,
  /** Bytes of a key's attributes. */
  attributes: 256 * 1024,
  /** Search terms of one key, and of one query. */
  terms: 256,
  /** Characters of a search term's name, and of its value. */
  term: 64 * 1024,
  /** Bytes of an outbox entry. */
  outboxBody: 512 * 1024,
  /** Bytes of a named value. */
  state: 4 * 1024 * 1024,
  /** Entries of one list of a transaction. */
  entries: 1000,
  /** Rows of one answer. */
  page: 1000,
} as const;

/** Bytes of an inner id, of an outbox entry's id, of a digest and of a MAC. */
export const ID_BYTES = 16;
export const DIGEST_BYTES = 32;
