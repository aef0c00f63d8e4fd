import type { NativeHandle } from './addon.ts';

/**
 * The addon's exports for the data plane (native/binding/data_plane_binding.cc): a gRPC server on threads of its own that
 * answers HashData, SignCertificate and Health/Check by itself and hands every other method to the script. Everything
 * here is called on the JavaScript thread and never waits.
 */
export interface NativeDataPlaneExports {
  /** The core must have been initialized (INTERNAL otherwise). */
  dataPlaneStart(options: NativeDataPlaneOptions): NativeHandle;
  /** Replaces all policies in one step; calls that have begun keep the old ones. */
  dataPlaneInstallPolicies(plane: NativeHandle, policies: readonly NativeProfilePolicy[]): void;
  dataPlaneSetServing(plane: NativeHandle, serving: boolean): void;

  /**
   * A listening Unix socket at `path`, mode 0600, close-on-exec, non-blocking: its descriptor. Throws an Error whose `code`
   * is the name of the errno (`EADDRINUSE`, `EACCES`, `ENAMETOOLONG` …).
   */
  listenUnix(path: string, backlog: number): number;
  /** Takes a listening descriptor over, also an inherited one; it is checked to be a listening Unix stream socket (INPUT_INVALID). */
  dataPlaneListen(plane: NativeHandle, descriptor: number): void;
  /** Closes a descriptor that was not handed over. */
  closeDescriptor(descriptor: number): void;
  /** Accepts no further connections. */
  dataPlaneStopListening(plane: NativeHandle): void;

  /**
   * What has come for scripted methods, seven entries an event: kind (`SCRIPT_EVENTS`), token, index in `methods`, deadline
   * in milliseconds since 1970 (0: none), message (requests) or undefined, and the headers `traceparent` and `tracestate`
   * ('' for none, and unless calls are traced). At most a few hundred events at a time. An event may name a call that the
   * script has never heard of, or has ended: such a one means nothing.
   */
  dataPlaneTakeEvents(plane: NativeHandle): unknown[];
  /** Ends a unary call with its response. A token of a call that has gone is ignored here and below. */
  dataPlaneAnswer(plane: NativeHandle, token: number, response: Uint8Array): void;
  /** Sends one message of a stream. False: enough is waiting, go on after the event `writable`; or the call has gone. */
  dataPlaneSend(plane: NativeHandle, token: number, response: Uint8Array): boolean;
  /** Ends a stream well. */
  dataPlaneEnd(plane: NativeHandle, token: number): void;
  /** Ends a call with a failure; `status` is the number of a gRPC status, `code` and `incident` may be empty. */
  dataPlaneFail(
    plane: NativeHandle,
    token: number,
    status: number,
    details: string,
    code: string,
    incident: string,
  ): void;

  /**
   * Log lines of calls that the script did not get, whole ones, each with its line end; '' when none is left. `maxBytes`
   * is at least 4096.
   */
  dataPlaneTakeLines(plane: NativeHandle, maxBytes: number): string;
  /**
   * Calls that are to become spans, seventeen entries each: path (what was called, when it is not served), number of the
   * gRPC status, end in microseconds since 1970, duration in nanoseconds, profile, correlation id; of the parent its trace
   * id ('' for none), span id, flags and state; hash algorithm; and the sizes of input, CSR, CA certificate, CA key, hash
   * and issued certificate in bytes, -1 for none. Texts are '' for none. At most a few hundred calls at a time.
   */
  dataPlaneTakeSpans(plane: NativeHandle): unknown[];
  dataPlaneTakeIncidents(plane: NativeHandle): NativeIncident[];
  /** Failures that belong to no call. */
  dataPlaneTakeFaults(plane: NativeHandle): string[];
  dataPlaneStats(plane: NativeHandle): NativeDataPlaneStats;
  /**
   * Calls that the script did not get, since the start: a row for each method and status that has occurred. The path is
   * '' for methods that are not served.
   */
  dataPlaneCounters(plane: NativeHandle): NativeCallCounter[];

  /** Resolves with the number of calls cut off when no connection is left. Once. */
  dataPlaneDrain(plane: NativeHandle, milliseconds: number): Promise<number>;
  /** Ends everything at once, joins the threads. Twice is harmless; every later use of the handle is INTERNAL. */
  dataPlaneClose(plane: NativeHandle): void;
}

/** Kinds of events, by their number. */
export const SCRIPT_EVENTS = [
  'request',
  'halfClosed',
  'cancelled',
  'deadlineExceeded',
  'writable',
] as const;
export type ScriptEventKind = (typeof SCRIPT_EVENTS)[number];

/** Kinds of methods, by their number. */
export const SCRIPT_METHOD_KINDS = ['unary', 'serverStream', 'bidirectional'] as const;

export interface NativeDataPlaneOptions {
  /** Methods for the script; the native ones are known to the addon. A path of both is served by the script. */
  readonly methods: readonly NativeScriptMethod[];
  /** Names that Health/Check knows beside the empty one. */
  readonly services: readonly string[];
  readonly maxConcurrentStreams: number;
  /** Connections each listening socket takes at a time. */
  readonly maxConnections: number;
  /** 1 or 2. */
  readonly threads: number;
  /** Make a log line of each call that is answered natively. */
  readonly logCalls: boolean;
  /** Value of the key `service` in those lines. */
  readonly service: string;
  /** Which calls become spans; absent: none. */
  readonly spans?: NativeSampling;
  /** Called when there are events, lines, spans, incidents or faults to take: once until they have been taken. */
  readonly onWork: () => void;
}

export interface NativeSampling {
  /** A call with a parent is sampled if and only if the parent says so. */
  readonly byParent: boolean;
  /** Of all other calls so many of 2^32. */
  readonly threshold: number;
}

export interface NativeScriptMethod {
  readonly path: string;
  /** Index in SCRIPT_METHOD_KINDS. */
  readonly kind: number;
  readonly secret: boolean;
}

/** One profile: everything that does not depend on a request is decided. */
export interface NativeProfilePolicy {
  readonly name: string;
  readonly hashData?: {
    readonly digest: number;
    readonly algorithm: string;
    readonly asyncAbove: number;
  };
  readonly signCertificate?: {
    /** Made by `compilePolicy`. */
    readonly policy: NativeHandle;
    readonly algorithm: string;
  };
  readonly deprecation?: {
    readonly replacedBy?: string;
    readonly deprecatedSince?: string;
    readonly removeAfter?: string;
    readonly reason?: string;
  };
}

/** A call that was answered natively and failed inside. */
export interface NativeIncident {
  readonly path: string;
  readonly incident: string;
  readonly cause: string;
  /** The FIPS module has put itself out of service. */
  readonly coreFault: boolean;
}

export interface NativeDataPlaneStats {
  readonly connections: number;
  readonly runningCalls: number;
  readonly finishedCalls: number;
  /** Records of calls that were lost because nobody took them in time. */
  readonly lostRecords: number;
}

export interface NativeCallCounter {
  readonly path: string;
  /** Number of a gRPC status. */
  readonly status: number;
  readonly calls: number;
  readonly requestBytes: number;
  readonly durationNs: number;
  /** Calls by their duration: one class up to each of REQUEST_BOUNDS of the catalogue, and one for what took longer. */
  readonly durations: readonly number[];
  /** Of the calls, those that named a profile that there is: its name, their number, and so on. */
  readonly profiles: readonly (string | number)[];
}
