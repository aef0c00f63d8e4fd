import type { Client, ConnectOptions } from '../client/index.ts';
import type { LoadedSettings, LoadOptions, Settings } from '../config/index.ts';
import type { ProviderReport } from '../crypto/provider.ts';
import type { ExitCode } from '../errors/index.ts';
import type { KmipClient, KmipConnectOptions } from '../kmip-client/index.ts';
import type { UnaryWireMethod } from '../uplink-wire/index.ts';
import type { ProgramFacts } from './program-facts.ts';

/** What Node's own TLS runs on. */
export interface NodeTlsFacts {
  /** Version of Node's OpenSSL. */
  readonly openssl: string;
  readonly modulePath: string;
  readonly sha256: string;
}

/** What the commands need of the outside world; src/bin wires it to the process. */
export interface CliContext {
  /** Data: what a script would read. */
  readonly writeOut: (data: string | Uint8Array) => void;
  /** Messages: what a person would read. */
  readonly writeError: (text: string) => void;
  /** Standard input, in chunks. */
  readonly readInput: () => AsyncIterable<Uint8Array>;
  readonly connect: (options: ConnectOptions) => Client | Promise<Client>;
  readonly connectKmip: (options: KmipConnectOptions, settings: Settings) => Promise<KmipClient>;
  readonly loadSettings: (options: LoadOptions) => LoadedSettings | Promise<LoadedSettings>;
  /** Starts the crypto provider that the settings name in this process, and says what answers. */
  readonly reportProvider: (settings: Settings) => Promise<ProviderReport>;
  /** Puts Node's own TLS on the FIPS provider, as Gateway, Core and KMIP client do, and says what it runs on; absent: FIPS is off. */
  readonly reportNodeTls: (settings: Settings) => Promise<NodeTlsFacts | undefined>;
  /** Runs the Broker until it is told to end. */
  readonly runServer: (loaded: LoadedSettings) => Promise<ExitCode>;
  /** Runs the Gateway until it is told to end. */
  readonly runGateway: (loaded: LoadedSettings) => Promise<ExitCode>;
  /** Runs the reference Core until it is told to end. */
  readonly runCore: (loaded: LoadedSettings) => Promise<ExitCode>;
  /** Puts a backup of a Core into an empty data directory. */
  readonly restoreCore: (backup: string, dataDirectory: string) => Promise<void>;
  /** Calls one method of a Core or Gateway on its local socket. */
  readonly callLocal: <Request, Response>(
    socket: string,
    method: UnaryWireMethod<Request, Response>,
    request: Request,
  ) => Promise<Response>;
  readonly facts: ProgramFacts;
}

/** What a command gets: the outside world, and a way to end with another exit code than 0 without an error. */
export interface CommandContext extends CliContext {
  readonly exitWith: (code: ExitCode) => void;
}
