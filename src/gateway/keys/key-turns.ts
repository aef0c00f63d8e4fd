/**
 * One change of a key at a time, whoever makes it. The vault finds out when two change the same row, but not when one looks
 * for a row, finds none and notes what it would have done to it, while another one makes that row.
 */
export class KeyTurns {
  /** The last one of each queue, settled when it is done. Keys that nobody waits for are not in it. */
  readonly #last = new Map<string, Promise<void>>();

  /** Does `work` when everybody who came before for any of these keys is done, whatever became of them. */
  async take<T>(tenant: string, uids: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const names = [...new Set(uids)].map((uid) => `${tenant}\0${uid}`);
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    let done: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      done = resolve;
    });
    // A place in every queue at the same moment: of any two, one is before the other in all of them, so nobody deadlocks.
    for (const name of names) this.#last.set(name, turn);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      for (const name of names) if (this.#last.get(name) === turn) this.#last.delete(name);
      done();
    }
  }
}
