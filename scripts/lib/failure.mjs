/** A failure that carries its remedy. */
export class StepFailure extends Error {
  /**
   * @param {string} message what went wrong
   * @param {string} advice one paragraph: what to do now
   */
  constructor(message, advice) {
    super(message);
    this.name = 'StepFailure';
    this.advice = advice;
  }
}
