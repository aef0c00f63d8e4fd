/**
 * What a foreign KMIP client is asked to do: each client program under this folder reads a plan as JSON from its standard
 * input and prints a `KmipRun`. A `uid` that is the `as` of an earlier task stands for what that task returned.
 */
export type KmipTask =
  /** Makes an AES key of so many bits; value: its uid. */
  | {
      readonly do: 'create';
      readonly as: string;
      readonly length: number;
      readonly mask: number;
      readonly name?: string;
    }
  /** Registers an AES key; value: its uid. */
  | {
      readonly do: 'register';
      readonly as: string;
      readonly material: string;
      readonly mask: number;
      readonly name: string;
    }
  /** Value: the key in hexadecimal. */
  | { readonly do: 'get'; readonly uid: string }
  /** Value: an object of names and plain values. */
  | { readonly do: 'attributes'; readonly uid: string; readonly names: readonly string[] }
  /** Value: names. */
  | { readonly do: 'attributeList'; readonly uid: string }
  /** By Name; value: uids. */
  | { readonly do: 'locate'; readonly name: string }
  | { readonly do: 'activate' | 'destroy'; readonly uid: string }
  /** With a Revocation Reason Code. */
  | { readonly do: 'revoke'; readonly uid: string; readonly reason: number }
  /** Value: versions, the server's order. */
  | { readonly do: 'discover' }
  /** Value: Operation enumerations, sorted. */
  | { readonly do: 'query' }
  /** Create and Get in one batch by the ID placeholder; value: `{uid, key}`. kmip-go only. */
  | {
      readonly do: 'createAndGet';
      readonly as: string;
      readonly length: number;
      readonly mask: number;
    }
  /** Get and Get Attributes of State in one batch; value: `{key, state}`. kmip-go only. */
  | { readonly do: 'getWithState'; readonly uid: string };

export interface KmipPlan {
  readonly host: string;
  readonly port: number;
  /** Files in PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** `1.2`; empty for a client that negotiates. */
  readonly version: string;
  readonly tasks: readonly KmipTask[];
}

export type KmipOutcome =
  | { readonly ok: true; readonly value: unknown }
  /** `reason` is the name of a Result Reason in the client's own spelling, or what the client stumbled over. */
  | { readonly ok: false; readonly reason: string; readonly message?: string };

export interface KmipRun {
  /** The one that was used. */
  readonly version: string;
  /** One for each task. */
  readonly outcomes: readonly KmipOutcome[];
}

/** A Result Reason without the spelling of the library that names it: `ItemNotFound` and `ITEM_NOT_FOUND` are the same. */
export function plainReason(reason: string): string {
  return reason.replaceAll(/[^A-Za-z]/g, '').toLowerCase();
}

const MASK = 12;

/** One key from its creation to its end, and one that is registered. Every client and every server can do this. */
export const WHOLE_LIFE: readonly KmipTask[] = [
  { do: 'create', as: '$key', length: 256, mask: MASK, name: 'whole life' },
  { do: 'get', uid: '$key' },
  { do: 'attributes', uid: '$key', names: ['State', 'Name', 'Cryptographic Length'] },
  { do: 'attributeList', uid: '$key' },
  { do: 'locate', name: 'whole life' },
  { do: 'activate', uid: '$key' },
  { do: 'attributes', uid: '$key', names: ['State'] },
  { do: 'destroy', uid: '$key' },
  { do: 'revoke', uid: '$key', reason: 5 },
  { do: 'destroy', uid: '$key' },
  { do: 'get', uid: '$key' },
  {
    do: 'register',
    as: '$own',
    material: '00112233445566778899aabbccddeeff',
    mask: MASK,
    name: 'own',
  },
  { do: 'get', uid: '$own' },
];

/** What kmip-go does in one message. */
export const BATCHES: readonly KmipTask[] = [
  { do: 'createAndGet', as: '$batch', length: 128, mask: MASK },
  { do: 'getWithState', uid: '$batch' },
];
