"""Runs the tasks given as JSON on standard input with the PyKMIP client and prints their outcomes as JSON.

Input: {"host", "port", "ca", "cert", "key", "version": "1.2", "tasks": [...]}; kmip-tasks.ts describes tasks and outcomes.
"""

import json
import ssl
import sys

from kmip.core import enums
from kmip.core.factories.attributes import AttributeFactory
from kmip.pie import exceptions
from kmip.pie import objects
from kmip.pie.client import ProxyKmipClient

ATTRIBUTES = AttributeFactory()
QUERIES = [enums.QueryFunction.QUERY_OPERATIONS, enums.QueryFunction.QUERY_OBJECTS]


class Failed(Exception):
    """An operation that the proxy reports as failed, in the form of the client's own exceptions."""

    def __init__(self, result):
        super().__init__(result.result_message.value)
        self.reason = result.result_reason.value
        self.message = result.result_message.value


def masks(bits):
    return [mask for mask in enums.CryptographicUsageMask if mask.value & bits]


def plain(value):
    """An attribute value as JSON has it."""
    value = getattr(value, "value", value)
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if hasattr(value, "name") and hasattr(value, "value"):
        return value.value
    return str(value)


def attribute_value(attribute):
    value = attribute.attribute_value
    name = getattr(value, "name_value", None)
    if name is not None:
        return name.value
    inner = getattr(value, "value", value)
    return inner.value if hasattr(inner, "value") else plain(inner)


def create(client, task):
    return client.create(
        enums.CryptographicAlgorithm.AES,
        task["length"],
        name=task.get("name"),
        cryptographic_usage_mask=masks(task["mask"]),
    )


def register(client, task):
    value = bytes.fromhex(task["material"])
    return client.register(
        objects.SymmetricKey(
            enums.CryptographicAlgorithm.AES,
            len(value) * 8,
            value,
            masks=masks(task["mask"]),
            name=task["name"],
        )
    )


def get(client, task):
    return client.get(task["uid"]).value.hex()


def attributes(client, task):
    _, found = client.get_attributes(task["uid"], task["names"])
    return {a.attribute_name.value: attribute_value(a) for a in found}


def attribute_list(client, task):
    return client.get_attribute_list(task["uid"])


def locate(client, task):
    name = ATTRIBUTES.create_attribute(enums.AttributeType.NAME, task["name"])
    return client.locate(attributes=[name])


def activate(client, task):
    return client.activate(task["uid"])


def revoke(client, task):
    return client.revoke(enums.RevocationReasonCode(task["reason"]), task["uid"], "interop")


def destroy(client, task):
    return client.destroy(task["uid"])


def succeeded(result):
    if result.result_status.value is not enums.ResultStatus.SUCCESS:
        raise Failed(result)
    return result


def discover(client, _):
    result = succeeded(client.proxy.discover_versions())
    return ["{0}.{1}".format(v.major, v.minor) for v in result.protocol_versions]


def query(client, _):
    result = succeeded(client.proxy.query(query_functions=QUERIES))
    return sorted(operation.value for operation in result.operations)


TASKS = {
    "create": create,
    "register": register,
    "get": get,
    "attributes": attributes,
    "attributeList": attribute_list,
    "locate": locate,
    "activate": activate,
    "revoke": revoke,
    "destroy": destroy,
    "discover": discover,
    "query": query,
}


def outcome(client, task, made):
    task = {key: made.get(value, value) if key == "uid" else value for key, value in task.items()}
    run = TASKS.get(task["do"])
    if run is None:
        return {"ok": False, "reason": "not a task of this client"}
    try:
        value = run(client, task)
    except (exceptions.KmipOperationFailure, Failed) as failure:
        return {"ok": False, "reason": failure.reason.name, "message": failure.message}
    except Exception as failure:  # What the client makes of an answer it cannot read is a finding, not an end.
        return {"ok": False, "reason": type(failure).__name__, "message": str(failure)}
    if "as" in task:
        made[task["as"]] = value
    return {"ok": True, "value": value}


def main():
    plan = json.load(sys.stdin)
    version = enums.KMIPVersion["KMIP_" + plan["version"].replace(".", "_")]
    client = ProxyKmipClient(
        hostname=plan["host"],
        port=plan["port"],
        ca=plan["ca"],
        cert=plan["cert"],
        key=plan["key"],
        ssl_version="PROTOCOL_TLS",
        config_file="/dev/null",
        kmip_version=version,
    )
    made = {}
    with client:
        outcomes = [outcome(client, task, made) for task in plan["tasks"]]
    json.dump({"version": plan["version"], "outcomes": outcomes}, sys.stdout)


assert hasattr(ssl, "PROTOCOL_TLS")
main()
