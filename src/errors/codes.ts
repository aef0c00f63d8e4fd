/** gRPC status names this product answers with (grpc/doc/statuscodes.md). */
export type StatusName =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'CANCELLED'
  | 'DEADLINE_EXCEEDED'
  | 'UNIMPLEMENTED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

/** Exit codes of every program: docs/errors.md. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  listen: 4,
  selfCheck: 70,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What one stable code means, to a caller over gRPC and to the process that meets it at start. */
export interface ErrorDefinition {
  /** gRPC status a request that fails with this code is answered with. */
  readonly status: StatusName;
  /** Exit code of a program that ends because of this code. */
  readonly exit: ExitCode;
  /** What has happened. One sentence for docs/errors.md. */
  readonly meaning: string;
  /** What the reader should do next. One sentence for docs/errors.md. */
  readonly remedy: string;
}

const request = (meaning: string, remedy: string): ErrorDefinition => ({
  status: 'INVALID_ARGUMENT',
  exit: EXIT.failed,
  meaning,
  remedy,
});
const refused = (status: StatusName, meaning: string, remedy: string): ErrorDefinition => ({
  status,
  exit: EXIT.failed,
  meaning,
  remedy,
});
const atStart = (exit: ExitCode, meaning: string, remedy: string): ErrorDefinition => ({
  status: 'INTERNAL',
  exit,
  meaning,
  remedy,
});

/**
 * Every failure the product reports, in one table. The codes are stable: a code is never renamed or reused.
 * The native core's codes (native/crypto/errors.h) are rows of this table; a test holds the two together.
 */
export const ERROR_CODES = {
  // Requests: shape and size
  MESSAGE_MALFORMED: request(
    'the request is not a valid protobuf message of its method',
    'check that client and server use the same proto generation',
  ),
  MESSAGE_TOO_LARGE: request(
    'the request message is larger than 2 MiB',
    'send less per call: hash inputs may have 1 MiB',
  ),
  FIELD_REQUIRED: request('a required field is empty', 'set the field that the message names'),
  FIELD_TOO_LARGE: request(
    'a field is longer than its limit',
    'shorten the field to the limit that the message names',
  ),
  FIELD_TOO_MANY: request('a repeated field has more entries than its limit', 'send fewer entries'),
  FIELD_NOT_PRINTABLE: request(
    'a field holds characters other than printable ASCII',
    'use characters 0x20 to 0x7E',
  ),
  FIELD_NOT_URL: request(
    'a CRL distribution point is not an http or https URL with a host',
    'correct the URL',
  ),
  ENCODING_UNSUPPORTED: refused(
    'UNIMPLEMENTED',
    'the request is compressed',
    'switch message compression off in the client',
  ),
  METHOD_UNKNOWN: refused(
    'UNIMPLEMENTED',
    'the server has no such method',
    'list the methods with server reflection',
  ),
  METHOD_CLOSED: refused(
    'UNIMPLEMENTED',
    'a development method was called on a server that does not serve them',
    'start the server with --dev',
  ),
  SERVICE_UNKNOWN: refused(
    'NOT_FOUND',
    'the health service was asked about a service that this server does not serve',
    'ask about the empty name, or about a service that server reflection lists',
  ),

  // Requests: profiles
  PROFILE_UNKNOWN: request(
    'no profile has the name in the request',
    'list the profiles with `cryptobroker profiles list`',
  ),
  OPERATION_NOT_ALLOWED: refused(
    'PERMISSION_DENIED',
    'the profile does not offer this operation',
    'choose another profile or add the operation to this one',
  ),

  // Requests: certificates
  CSR_MALFORMED: request(
    'the CSR is not a PKCS #10 request in PEM or DER',
    'send the output of `openssl req -new`',
  ),
  CSR_SIGNATURE_INVALID: request(
    'the CSR is not signed by the key it carries',
    'make the CSR again with the right key',
  ),
  CA_CERT_MALFORMED: request(
    'the CA certificate is not an X.509 certificate in PEM or DER',
    'send one PEM block of type CERTIFICATE',
  ),
  CA_KEY_MALFORMED: request(
    'the CA private key cannot be read',
    'send an unencrypted PKCS #8, SEC1 or PKCS #1 key',
  ),
  CA_KEY_ENCRYPTED: request('the CA private key is encrypted', 'decrypt the key before sending it'),
  CA_KEY_MISMATCH: request(
    'the CA private key does not belong to the CA certificate',
    'send the key and certificate of the same CA',
  ),
  KEY_UNSUPPORTED: request(
    'a key is neither RSA nor an EC key on P-256, P-384 or P-521',
    'use a supported kind of key',
  ),
  SUBJECT_KEY_NOT_ALLOWED: request(
    'the key in the CSR is outside what the profile allows',
    'use a key of a kind and size the profile allows',
  ),
  ISSUER_KEY_NOT_ALLOWED: request(
    'the CA key is outside what the profile allows',
    'use a CA of a kind and size the profile allows',
  ),
  SIGNATURE_ALGORITHM_MISMATCH: request(
    'the CA key cannot make the signature the profile names',
    'use a profile whose SignAlg matches the CA key',
  ),
  VALIDITY_NOT_ALLOWED: request(
    'the requested validity is outside the window of the profile',
    'ask for a period inside the window, or leave the fields out',
  ),
  VALIDITY_REVERSED: request(
    'the certificate would end before it begins',
    'ask for notBefore earlier than notAfter',
  ),
  VALIDITY_UNREPRESENTABLE: request(
    'a time does not fit an X.509 certificate (RFC 5280 §4.1.2.5)',
    'ask for a time before the year 10000',
  ),
  SUBJECT_MALFORMED: request(
    'the subject is not a list of C, ST, O, OU, L, CN values',
    'write it as `C=DE, O=Example, CN=name`',
  ),

  // Crypto core
  ALGORITHM_UNSUPPORTED: request(
    'the algorithm is not one this build offers',
    'use one of the algorithms in profiles/README.md',
  ),
  INPUT_INVALID: request(
    'an argument has a length or range the operation does not accept',
    'see the message for the accepted range',
  ),
  OUTPUT_TOO_SMALL: request(
    'the output buffer is too small',
    'give a buffer of the size the message names',
  ),
  UNWRAP_FAILED: request(
    'the wrapped key is damaged or was wrapped under another key',
    'check the wrapped key and the wrapping key',
  ),
  DECRYPT_FAILED: request(
    'the ciphertext, tag, nonce or additional data do not belong together',
    'check that all four come from the same encryption',
  ),
  KEY_HANDLE_CLOSED: refused(
    'FAILED_PRECONDITION',
    'the key behind this handle was dropped',
    'import the key again',
  ),
  DATA_KEY_TAMPERED: refused(
    'FAILED_PRECONDITION',
    'a stored data key is not what was stored: its MAC does not fit',
    'do not use the key; look at the quarantine with `cryptobroker gateway keys`, and restore the vault if it was edited',
  ),
  KEY_FILE_EXISTS: atStart(
    EXIT.configuration,
    'a key file is already there',
    'move the file away, or use it',
  ),
  KEY_FILE_UNUSABLE: atStart(
    EXIT.configuration,
    'a key file is absent, damaged, readable by others, or needs another passphrase',
    'correct the path, the mode (0600), the owner or the passphrase',
  ),
  QUEUE_FULL: refused(
    'RESOURCE_EXHAUSTED',
    'every worker is busy and the queue is full, or as many streams as may be are open',
    'send fewer requests at once, or try again later',
  ),
  INTERNAL: refused(
    'INTERNAL',
    'something failed that should not',
    'find the incident id in the server log',
  ),

  // The vault, and the Core's store, which is kept the same way
  VAULT_UID_TAKEN: refused(
    'FAILED_PRECONDITION',
    'a key with this unique identifier is, or was, in the vault',
    'use another identifier: an identifier is never used twice',
  ),
  VAULT_CONFLICT: refused(
    'FAILED_PRECONDITION',
    'the key was changed or taken out by somebody else in the meantime',
    'read the key again and decide anew',
  ),
  VAULT_OUTBOX_FULL: refused(
    'RESOURCE_EXHAUSTED',
    'as many new keys as the outbox holds wait for the Core to acknowledge them',
    'restore the link to the Core; keys in the vault are still served',
  ),
  VAULT_DISK_FULL: refused(
    'RESOURCE_EXHAUSTED',
    'the file system of the vault has too little space for another key',
    'free or add space; the vault goes on by itself, and serves its keys meanwhile',
  ),
  VAULT_UNAVAILABLE: refused(
    'UNAVAILABLE',
    'the vault cannot be written or read just now, or was closed; whether a change that was under way is there is not known',
    'look for the cause in the log (a disk, a file system); the vault goes on by itself when it is gone',
  ),
  VAULT_DAMAGED: refused(
    'INTERNAL',
    'the database file is damaged',
    'stop the program, keep the files, run `cryptobroker gateway vault check`, and restore the newest backup',
  ),
  ROOT_SECRET_UNUSABLE: atStart(
    EXIT.configuration,
    'the root secret of the Core is absent, malformed, or open to others',
    'give 32 bytes, or 64 hexadecimal digits, in a file of mode 0600 that belongs to the user of the program',
  ),
  ROOT_SECRET_WRONG: atStart(
    EXIT.configuration,
    'the database of the Core was made under another root secret',
    'give the root secret that the database was made with; without it no key in it can ever be read',
  ),
  VAULT_LOCKED: atStart(
    EXIT.configuration,
    'another process has the vault open',
    'stop that process, or give this one a vault of its own',
  ),
  VAULT_VERSION_NEWER: atStart(
    EXIT.configuration,
    'the database file was written by a newer version of this program',
    'run that version or a later one, or restore a backup made before the upgrade',
  ),
  VAULT_FOREIGN: atStart(
    EXIT.configuration,
    'the file is not a database of this kind',
    'correct the path',
  ),
  VAULT_INSECURE: atStart(
    EXIT.configuration,
    'somebody else may read or exchange the database: a mode, an owner or a link is wrong',
    'give the directory mode 0700 and its files mode 0600 and the owner that runs the program; use no links',
  ),
  VAULT_UNUSABLE: atStart(
    EXIT.configuration,
    'the directory or the file of the database cannot be made, read or written',
    'correct the path or the permissions',
  ),
  VAULT_BACKUP_EXISTS: refused(
    'FAILED_PRECONDITION',
    'there is already a file where the backup, or the restored database, should go',
    'choose another name, or move the old files away, all of them',
  ),

  // Calls
  RESPONSE_MALFORMED: refused(
    'INTERNAL',
    'the server answered something that is not an answer of the method',
    'check that client and server use the same proto generation',
  ),
  CANCELLED: refused(
    'CANCELLED',
    'the caller cancelled the call',
    'nothing: the caller asked for it',
  ),
  DEADLINE_EXCEEDED: refused(
    'DEADLINE_EXCEEDED',
    'the call did not end before its deadline',
    'allow more time, or send less at once',
  ),
  UNAVAILABLE: refused(
    'UNAVAILABLE',
    'no server answers on the socket',
    'start `cryptobroker server`, or correct the socket path',
  ),

  // KMIP client
  LOCAL_UNREACHABLE: refused(
    'UNAVAILABLE',
    'no Gateway or Core answers on its local socket',
    'start `cryptobroker gateway` or `cryptobroker core`, or correct --status-socket or --admin-socket',
  ),
  KMIP_UNREACHABLE: refused(
    'UNAVAILABLE',
    'no KMIP server answers, one of the two refuses the other in the TLS handshake, or the connection was lost',
    'correct address, certificates and server name; whether an operation that was under way was carried out is not known',
  ),
  KMIP_FAILED: refused(
    'FAILED_PRECONDITION',
    'the KMIP server refused the operation; the message has its Result Reason and text',
    'see the Result Reason in docs/kmip-coverage.md, and the audit log of the server',
  ),
  KMIP_VERSION_UNSUPPORTED: refused(
    'UNIMPLEMENTED',
    'client and server have no KMIP version in common, or the operation is newer than the version',
    'choose another --kmip-version, or let both agree on one',
  ),
  KMIP_RESPONSE_MALFORMED: refused(
    'INTERNAL',
    'the KMIP server answered something that is not an answer to the request',
    'look at the messages with `cryptobroker kmip dump`; the server breaks the specification',
  ),

  // Gateway: what it takes from the Core
  GOVERNANCE_REFUSED: refused(
    'FAILED_PRECONDITION',
    'the signed settings of the Core were not taken: wrong signature, for another Gateway, unreadable, or older than what is known',
    'see the log of the Gateway; a Core that was restored from a copy needs a newer version of its settings',
  ),
  CORE_IDENTITY_REFUSED: refused(
    'FAILED_PRECONDITION',
    'the Core is not the one that the vault belongs to, or its epoch went back',
    'connect the Gateway to its own Core; a new Core needs a new vault',
  ),

  // Core: keys, tenants, services, gateways
  CORE_KEY_UNKNOWN: refused('NOT_FOUND', 'the Core has no such key', 'list the keys of the tenant'),
  CORE_KEY_EXISTS: refused(
    'FAILED_PRECONDITION',
    'the Core already has a key with this unique identifier',
    'use the key that is there, or another identifier',
  ),
  CORE_UNKNOWN_NAME: refused(
    'NOT_FOUND',
    'the Core has no tenant, service or Gateway of this name',
    'list them with `cryptobroker core`',
  ),
  CORE_NAME_TAKEN: refused(
    'FAILED_PRECONDITION',
    'the Core already has a tenant, service or Gateway of this name',
    'choose another name, or use the one that is there',
  ),
  CORE_STATE_REFUSED: refused(
    'FAILED_PRECONDITION',
    'the state of a tenant, service key or Gateway does not allow this change',
    'revoked, compromised, destroyed and decommissioned are final; see docs/operations.md',
  ),
  KEY_STATE_REFUSED: refused(
    'FAILED_PRECONDITION',
    'the state of a key does not allow this change',
    'see the states and their transitions in docs/operations.md',
  ),
  KEY_NOT_ESCROWED: refused(
    'FAILED_PRECONDITION',
    'the Core holds no wrapped copy of the key',
    'ask the Gateway that made it; a service with escrow `wrapped` sends copies to the Core',
  ),
  SERVICE_KEY_UNAVAILABLE: refused(
    'FAILED_PRECONDITION',
    'the service key is suspended, compromised, destroyed, or its tenant is not active',
    'look at its state with `cryptobroker core service list`',
  ),

  // Core Uplink
  CORE_UNREACHABLE: refused(
    'UNAVAILABLE',
    'the link to the Core is cut, and the request was not sent',
    'look at `cryptobroker gateway status`; local keys can still be made and read',
  ),
  CORE_OUTCOME_UNKNOWN: refused(
    'DEADLINE_EXCEEDED',
    'the request was sent to the Core, and whether it was executed is not known',
    'read the state of the key before trying again',
  ),
  CORE_REFUSED: refused(
    'FAILED_PRECONDITION',
    'the Core refused the request',
    'see the words of the Core in the message',
  ),
  UPLINK_BUSY: refused(
    'RESOURCE_EXHAUSTED',
    'as many requests as may be are on their way to the Core',
    'send fewer control requests at once, or try again later',
  ),
  UPLINK_PROTOCOL: refused(
    'UNAVAILABLE',
    'the Core broke a rule of the uplink, and the connection was ended',
    'check that Gateway and Core are versions that go together; the log names the rule',
  ),
  UPLINK_TLS_UNUSABLE: atStart(
    EXIT.configuration,
    'the certificate, key or CA of the uplink cannot be used',
    'correct the file the message names; the key must not be open to others',
  ),

  // Start: FIPS and the native core
  ADDON_UNUSABLE: atStart(
    EXIT.selfCheck,
    'the native core cannot be loaded',
    'run `npm run setup`, or install a build for this platform',
  ),
  FIPS_MODULE_MISSING: atStart(
    EXIT.selfCheck,
    'fips.so is not in the module directory',
    'run `npm run setup`, or correct CRYPTO_BROKER_FIPS_MODULE_DIR',
  ),
  FIPS_MODULE_REFUSED: atStart(
    EXIT.selfCheck,
    'fips.so was refused: it is damaged, or a self test failed',
    'restore the file from the release, neither edited nor stripped; a module of your own needs the fipsmodule.cnf that `openssl fipsinstall` writes',
  ),
  FIPS_COPY_FAILED: atStart(
    EXIT.selfCheck,
    "the second copy of fips.so, which Node's own TLS runs on, cannot be made",
    'give the process a directory that it may write and run from (no `noexec`): XDG_CACHE_HOME, HOME or TMPDIR',
  ),
  SELF_CHECK_FAILED: atStart(
    EXIT.selfCheck,
    'the start-up self-check found another library, provider or answer than expected',
    'do not use this installation; the message names the check',
  ),
  ALREADY_INITIALIZED: atStart(
    EXIT.selfCheck,
    'the native core was already started with other settings',
    'start one process per setting',
  ),
  MEMORY_NOT_LOCKED: atStart(
    EXIT.selfCheck,
    'key memory cannot be locked',
    'raise RLIMIT_MEMLOCK (ulimit -l) to at least 64 KiB',
  ),

  // Start: configuration, profiles, sockets
  USAGE: atStart(EXIT.usage, 'the command line is wrong', 'see --help'),
  CONFIG_INVALID: atStart(
    EXIT.configuration,
    'a setting is wrong',
    'correct the setting that the message names',
  ),
  PROFILES_INVALID: atStart(
    EXIT.configuration,
    'the profile file breaks a rule',
    'correct every line the message names; `cryptobroker profiles check` shows them all',
  ),
  PROFILES_UNREADABLE: atStart(
    EXIT.configuration,
    'the profile file cannot be read',
    'correct the directory or the permissions',
  ),
  PROFILES_INSECURE: atStart(
    EXIT.configuration,
    'others may write the profile file or its directory',
    'chmod go-w the file and its directory',
  ),
  UPLINK_PORT_UNUSABLE: atStart(
    EXIT.listen,
    'the address for Gateways cannot be listened on',
    'correct the host or the port, or stop what uses it',
  ),
  KMIP_TLS_UNUSABLE: atStart(
    EXIT.configuration,
    'a certificate, key or CA file of the KMIP port cannot be used',
    'correct the file the message names; the key must belong to its certificate and not be open to others',
  ),
  KMIP_LISTEN_FAILED: atStart(
    EXIT.listen,
    'the KMIP port cannot be opened',
    'choose another address or port, or stop the program that has it',
  ),
  TELEMETRY_LISTEN_FAILED: atStart(
    EXIT.listen,
    'the address for metrics and probes cannot be listened on',
    'choose another --telemetry-listen, or stop the program that has it',
  ),
  SOCKET_PATH_INVALID: atStart(
    EXIT.listen,
    'the socket path is relative, empty or longer than 107 bytes',
    'choose a shorter absolute path',
  ),
  SOCKET_IN_USE: atStart(
    EXIT.listen,
    'another live server holds the socket',
    'stop that server, or choose another --socket',
  ),
  SOCKET_PATH_OCCUPIED: atStart(
    EXIT.listen,
    'something that is not a socket stands at the socket path',
    'move it away, or choose another --socket',
  ),
  SOCKET_DIRECTORY_INSECURE: atStart(
    EXIT.listen,
    'others may write the directory of the socket',
    'chmod the directory, or allow it with --allow-shared-socket-dir',
  ),
  SOCKET_DIRECTORY_UNUSABLE: atStart(
    EXIT.listen,
    'the directory of the socket cannot be made or used',
    'correct the path or the permissions',
  ),
  SOCKET_INHERITED_UNUSABLE: atStart(
    EXIT.listen,
    'a socket that the service manager handed over is not a listening Unix stream socket',
    'correct the socket unit: ListenStream= with an absolute path, Accept=no',
  ),
} as const satisfies Record<string, ErrorDefinition>;

/** A stable error code: what programs and people may branch on. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** True when `value` is one of the stable codes. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERROR_CODES, value);
}
