/** Texts of the lines an operator looks for. The log is searched by them, so they are not reworded. */
export const UPLINK_LOG = {
  enrolled: 'enrolled with the core',
  stateChanged: 'link to the core changed',
  attemptFailed: 'no link to the core',
  linkLost: 'link to the core lost',
  refused: 'the core does not let this gateway in',
  /** Alarm: two gateways run with one identity, or this one was replaced. It does not come back by itself. */
  superseded: 'superseded by another gateway of the same identity',
  clockSkew: 'the clocks of core and gateway are too far apart',
  coreError: 'the core reported an error',
  resyncRequired: 'the core asks for a resynchronisation',
  outboxRefused: 'the core refused entries of the outbox',
  frameIgnored: 'ignored a frame of an unknown kind',
  handlerFailed: 'a handler of the uplink failed',
  answerInvalid: 'the core gave an answer that is not valid',
} as const;
