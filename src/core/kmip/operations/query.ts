import { query } from '../../../kmip/payloads/query.ts';
import { OBJECT_TYPE, QUERY_FUNCTION } from '../../../kmip/tables/enumerations.ts';
import { enumerationFacts, livesIn } from '../../../kmip/tables/look-up.ts';
import { TAG } from '../../../kmip/tables/tags.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/**
 * Query (KMIP 1.4 §4.25, 2.1 §6.1.40) of the Core alone: Gateways answer for themselves and the Core behind them. Functions
 * that nothing is said to are answered with nothing, which clients take for `none`.
 */
export function queryCore(operations: () => Iterable<number>): CoreOperation {
  return (call) => {
    const { version } = call;
    const asked = new Set(decodePayload(query, call).functions);
    return success(query, version, {
      operations: asked.has(QUERY_FUNCTION.queryOperations)
        ? [...operations()].filter((operation) => {
            const facts = enumerationFacts(TAG.operation, operation);
            return facts !== undefined && livesIn(facts, version);
          })
        : [],
      objectTypes: asked.has(QUERY_FUNCTION.queryObjects) ? OBJECT_TYPES : [],
      ...(asked.has(QUERY_FUNCTION.queryServerInformation) && {
        vendorIdentification: 'crypto-broker',
      }),
      applicationNamespaces: [],
      further: [],
    });
  };
}

const OBJECT_TYPES = [
  OBJECT_TYPE.symmetricKey,
  OBJECT_TYPE.secretData,
  OBJECT_TYPE.opaqueObject,
] as const;
