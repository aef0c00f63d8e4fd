// Runs checks one after the other, says how each went, and counts.

/** Thrown by a check that cannot run on this machine. */
export class Skip extends Error {}

export class CheckList {
  #print;
  passed = 0;
  failed = 0;
  skipped = 0;

  /** @param {(line: string) => void} print */
  constructor(print) {
    this.#print = print;
  }

  /**
   * Runs one check. A failure is told and counted, and the next one still runs.
   * @param {string} sentence what holds
   * @param {() => Promise<string | void>} work what it returns is told too: a figure
   * @returns {Promise<boolean>} whether it holds
   */
  async check(sentence, work) {
    const startedAt = Date.now();
    const took = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
    try {
      const figure = await work();
      this.passed += 1;
      this.#print(`✓ ${sentence}${figure ? `: ${figure}` : ''} (${took()})`);
      return true;
    } catch (error) {
      if (error instanceof Skip) {
        this.skipped += 1;
        this.#print(`! skipped: ${sentence}: ${error.message}`);
        return false;
      }
      this.failed += 1;
      this.#print(`✗ ${sentence} (${took()})\n${indent(error.message)}`);
      return false;
    }
  }

  get summary() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }
}

function indent(text) {
  return text.replaceAll(/^/gm, '    ');
}
