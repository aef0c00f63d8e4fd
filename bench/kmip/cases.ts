/** What is asked. `echo` is no KMIP: bytes of the size of a Get, sent back by a bare TLS server. */
export type CaseName = 'create' | 'get' | 'create-get' | 'state' | 'echo';

const CASE_TITLES: Readonly<Record<CaseName, string>> = {
  create: 'Create',
  get: 'Get',
  'create-get': 'Create+Get in one batch',
  state: 'GetAttributes(State)',
  echo: 'TLS echo, the size of a Get',
};

export type SubjectName =
  'gateway' | 'gateway-quiet' | 'kmip-go' | 'kmip-go-quiet' | 'pykmip' | 'echo';

export const SUBJECT_TITLES: Readonly<Record<SubjectName, string>> = {
  gateway: 'gateway',
  'gateway-quiet': 'gateway, no log',
  'kmip-go': 'kmip-go in memory',
  'kmip-go-quiet': 'kmip-go in memory, no log',
  pykmip: 'PyKMIP',
  echo: 'node:tls echo',
};

/** One line of the plan: the same request, connections and pace against each subject, back to back. */
export interface Trial {
  readonly request: CaseName;
  readonly connections: number;
  /** Requests a second; absent: as fast as the answers come. */
  readonly perSecond?: number;
  readonly subjects: readonly SubjectName[];
  /** Measure the disk just before, for it is what the figure is held against. */
  readonly floor?: boolean;
}

export function trialTitle({ request, connections, perSecond }: Trial): string {
  const title = CASE_TITLES[request];
  const many = `${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  return perSecond === undefined ? `${title}, ${many}` : `${title}, ${many}, ${perSecond}/s`;
}

const REQUESTS: readonly CaseName[] = ['create', 'get', 'create-get', 'state'];
const CONNECTIONS = { full: [1, 8, 32], quick: [1, 8] } as const;
/** PyKMIP does about a hundred requests a second: the three that are compared are enough. */
const PYKMIP_AT: ReadonlySet<string> = new Set(['get 1', 'create-get 1', 'create-get 8']);
/** Where the two that are compared first are measured without their logs as well. */
const QUIET_AT: ReadonlySet<string> = new Set(['get 1', 'create-get 8']);

/** Everything that is measured over the network, in its order. */
export function planTrials(quick: boolean): readonly Trial[] {
  const loaded = REQUESTS.flatMap((request) =>
    CONNECTIONS[quick ? 'quick' : 'full'].map((connections): Trial => {
      const place = `${request} ${connections}`;
      return {
        request,
        connections,
        subjects: [
          'gateway',
          'kmip-go',
          ...(QUIET_AT.has(place) && !quick ? (['gateway-quiet', 'kmip-go-quiet'] as const) : []),
          ...(PYKMIP_AT.has(place) ? (['pykmip'] as const) : []),
          ...(request === 'get' ? (['echo'] as const) : []),
        ],
        ...(place === 'create 1' && { floor: true }),
      };
    }),
  );
  const paced = (quick ? [200] : [200, 1000]).map((perSecond): Trial => ({
    request: 'get',
    connections: 8,
    perSecond,
    subjects: ['gateway', 'kmip-go', 'echo'],
  }));
  return [...loaded, ...paced];
}
