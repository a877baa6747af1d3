"""The class's configuration, but for how it knows and starts students: for `make test-hub` only.

A shared password and servers without systemd are for tests. Never serve a class with them.
"""

import os
from pathlib import Path

STATE = Path(os.environ["HUB_TEST_STATE"])
hub_port, public_port, proxy_port = os.environ["HUB_TEST_PORTS"].split(",")

load_subconfig(os.environ["HUB_CONFIG"])  # noqa: F821
c = get_config()  # noqa: F821
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["HUB_TEST_PASSWORD"]
c.Authenticator.allowed_users = {"ada", "grace"}
c.JupyterHub.spawner_class = "simple"
c.Spawner.environment = {**c.Spawner.environment, "COURSE_EXCHANGE": str(STATE / "exchange")}
c.SimpleLocalProcessSpawner.home_dir_template = str(STATE / "homes" / "{username}")
if os.geteuid() == 0:  # plain processes are not given to another account
    c.Spawner.args = [*c.Spawner.args, "--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # on a busy machine
c.JupyterHub.bind_url = f"http://127.0.0.1:{public_port}"
c.JupyterHub.hub_port = int(hub_port)
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy_port}"
