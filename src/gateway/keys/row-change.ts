import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { ChangedKey, KeyRow, KeyState } from '../../vault/index.ts';
import { isTampered, type KeyEngine, type ServiceKeySource } from './key-engine.ts';
import { isDestroyed } from './key-state.ts';
import { searchable, storedForm, withState } from './stored-key.ts';
import { encodeProof, proofName } from './unbound-proof.ts';

/** What a change of one row adds to a vault transaction. */
export interface RowChange {
  readonly changed: ChangedKey;
  readonly states: ReadonlyMap<string, Uint8Array | undefined>;
  /** The row was not what had been stored: it changes, and must not be served. */
  readonly quarantine: string | undefined;
  /** Key bytes went away with it. */
  readonly shred: boolean;
}

/**
 * Prepares a new state and new attributes for a row. Where the row's service key is at hand the old MAC is checked and a
 * new one made; where it is not, the row waits unbound, with the proof of what it was.
 */
export function changeRow(
  row: KeyRow,
  next: { readonly state: KeyState; readonly attributes: AttributeSet },
  { engine, serviceKeys }: { readonly engine: KeyEngine; readonly serviceKeys: ServiceKeySource },
): RowChange {
  const { state } = next;
  const change = { state, attributes: storedForm(withState(next.attributes, state)) };
  const under = serviceKeys.reading(row);
  const shred = isDestroyed(state) && row.wrapped.length > 0;
  const finish = (changed: KeyRow, quarantine?: string): RowChange => ({
    changed: { ...searchable(changed), expectedRevision: row.revision },
    states: proofChanges(row, changed, engine),
    quarantine,
    shred,
  });
  try {
    return finish(engine.changed(row, change, under.usable ? under : undefined));
  } catch (error) {
    if (!isTampered(error)) throw error;
    return finish({ ...row, ...change, revision: row.revision + 1 }, 'its MAC does not fit');
  }
}

function proofChanges(
  row: KeyRow,
  changed: KeyRow,
  engine: KeyEngine,
): ReadonlyMap<string, Uint8Array | undefined> {
  if (changed.mac.length > 0) {
    // Bound, or gone: a proof of what it was before serves nothing any more.
    return row.mac.length === 0 ? new Map([[proofName(row), undefined]]) : new Map();
  }
  if (row.mac.length === 0) return new Map();
  return new Map([[proofName(row), encodeProof({ header: engine.header(row), mac: row.mac })]]);
}
