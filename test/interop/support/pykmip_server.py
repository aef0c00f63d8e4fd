"""A PyKMIP server on a free port. Arguments: CA, certificate, key, working directory. Prints the port as JSON."""

import json
import logging
import os
import sys

from kmip.services.server import KmipServer

ca, certificate, key, directory = sys.argv[1:]
policies = os.path.join(directory, "policies")
os.makedirs(policies, exist_ok=True)
server = KmipServer(
    hostname="127.0.0.1",
    port=5696,
    certificate_path=certificate,
    key_path=key,
    ca_path=ca,
    auth_suite="TLS1.2",
    config_path=None,
    log_path=os.path.join(directory, "server.log"),
    policy_path=policies,
    enable_tls_client_auth=True,
    logging_level="WARNING",
    database_path=os.path.join(directory, "pykmip.sqlite"),
)
# The settings take no port 0.
server.config.settings["port"] = 0
logging.getLogger("kmip").setLevel(logging.WARNING)
server.start()
print(json.dumps({"port": server._socket.getsockname()[1]}), flush=True)
server.serve()
# What is left are threads of sessions; nobody waits for them.
os._exit(0)
