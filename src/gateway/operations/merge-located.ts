import { moreSevere } from '../keys/key-state.ts';
import type { LocalKey } from '../keys/local-keys.ts';
import type { KeyState } from '../../vault/index.ts';

export interface MergeParts {
  /** Keys here that fit, in the order they were made. */
  readonly here: readonly LocalKey[];
  /** Identifiers that the Core has found, in its order. */
  readonly byCore: readonly string[];
  /** The one state that was asked for. */
  readonly state: KeyState | undefined;
  readonly find: (uid: string) => Promise<LocalKey | undefined>;
  /** The Core may not know of the key's making yet. */
  readonly isPending: (uid: string) => Promise<boolean>;
  /** The key would be told of whatever its other attributes are. */
  readonly isWanted: (key: LocalKey) => boolean;
}

/**
 * One list of what is here and what the Core has found, each key once: those here in the order they were made, then the
 * Core's in its order. Where the two see different states, because an event is under way, the one that allows less counts.
 */
export async function mergeLocated(parts: MergeParts): Promise<readonly string[]> {
  const { here, byCore } = parts;
  const known = new Set(byCore);
  const merged = new Set<string>();
  for (const { row } of here) {
    if (await isAgreed(row.uid, known, parts)) merged.add(row.uid);
  }
  for (const uid of byCore) {
    if (!merged.has(uid) && (await isFoundByCoreAlone(uid, parts))) merged.add(uid);
  }
  return [...merged];
}

/**
 * A key here that the Core did not find although it was asked for one state is in another state there. The Core decides
 * states, so that one is the later and severer.
 */
async function isAgreed(
  uid: string,
  known: ReadonlySet<string>,
  { state, isPending }: MergeParts,
): Promise<boolean> {
  return state === undefined || known.has(uid) || (await isPending(uid));
}

/** A key that does not fit here. It counts when it is unknown here, or when what is known does not take more away. */
async function isFoundByCoreAlone(
  uid: string,
  { state, find, isWanted }: MergeParts,
): Promise<boolean> {
  const key = await find(uid);
  if (key === undefined) return true;
  if (key.quarantined) return false;
  return state === undefined ? isWanted(key) : moreSevere(state, key.state) === state;
}
