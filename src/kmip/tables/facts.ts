import type { KmipVersion } from '../version.ts';

/** Which versions have an entry of a table. */
export interface Lifetime {
  /** The version that introduced it. */
  readonly since: KmipVersion;
  /** The last version that has it; absent while it lives. */
  readonly until?: KmipVersion;
}

export interface TagFacts extends Lifetime {
  readonly tag: number;
  /** As the specification writes it: `Unique Identifier`. */
  readonly name: string;
}

/** A value of an enumeration or a bit of a mask. */
export interface ValueFacts extends Lifetime {
  readonly value: number;
  readonly name: string;
}

/** An enumeration or a bit mask. */
export interface ValueSet {
  readonly name: string;
  /** The fields that carry it. */
  readonly tags: readonly number[];
  readonly values: readonly ValueFacts[];
}

/** The attribute rules of one attribute (KMIP 1.4 §3, 2.1 §4). */
export interface AttributeFacts extends Lifetime {
  /** Also the Attribute Name of 1.x. */
  readonly name: string;
  readonly tag: number;
  /** Item type of the value. */
  readonly type: number;
  /** The version that discourages it. */
  readonly deprecated?: KmipVersion;
  /** `SHALL always have a value`. */
  readonly alwaysPresent: boolean;
  /** `Multiple instances permitted`. */
  readonly multiple: boolean;
  /** A request that makes or registers an object may give it a value. */
  readonly givenByClient: boolean;
  /** `Initially set by`; the server's also where it takes the value from the request. */
  readonly initiallySetBy: 'client' | 'server' | 'either';
  readonly modifiableByServer: boolean;
  readonly modifiableByClient: boolean;
  readonly deletableByClient: boolean;
  /** Object Type enumeration values, or all of them. */
  readonly objectTypes: readonly number[] | 'all';
}
