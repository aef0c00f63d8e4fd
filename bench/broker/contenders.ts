/** Servers that are measured. */
export type SubjectName =
  | 'native'
  | 'native-quiet'
  | 'native-ca-cache'
  | 'native-scraped'
  | 'native-traced-1'
  | 'native-traced'
  | 'grpc-js'
  | 'pure'
  | 'go'
  | 'go-quiet'
  | 'go-fips'
  | 'floor';

export const SUBJECT_TITLES: Readonly<Record<SubjectName, string>> = {
  native: 'broker, native transport',
  'native-quiet': 'broker, native, no log',
  'native-ca-cache': 'broker, native, CA cache',
  'native-scraped': 'broker, native, metrics read each second',
  'native-traced-1': 'broker, native, 1 % traced',
  'native-traced': 'broker, native, all traced',
  'grpc-js': 'broker, grpc-js transport',
  pure: 'broker, all JavaScript',
  go: 'Go',
  'go-quiet': 'Go, no log',
  'go-fips': 'Go, FIPS mode',
  floor: 'bare socket',
};

/** Load clients. */
export type ClientName = 'light' | 'go' | 'client-native' | 'client-lean' | 'client-grpc-js';

export const CLIENT_TITLES: Readonly<Record<ClientName, string>> = {
  light: 'light client',
  go: 'Go client',
  'client-native': 'our client, native',
  'client-lean': 'our client, lean',
  'client-grpc-js': 'our client, grpc-js',
};

/** A client with a server: what one figure belongs to. */
export interface Contender {
  readonly client: ClientName;
  readonly subject: SubjectName;
}

/** How a contender is called where all of a case have the same client, and where they have not. */
export function contenderTitle({ client, subject }: Contender, withClient: boolean): string {
  const server = SUBJECT_TITLES[subject];
  return withClient ? `${CLIENT_TITLES[client]} → ${server}` : server;
}

export function contenderId({ client, subject }: Contender): string {
  return `${client} ${subject}`;
}
