"""The class's configuration, but for what starts a student's server: for `make test-hub` only.

Where systemd is not the first process, as in a container, plain processes stand for its units.
They run under the students' own accounts all the same.
"""

import os
from pathlib import Path

STATE = Path(os.environ["HUB_TEST_STATE"])
hub_port, public_port, proxy_port, server_port = os.environ["HUB_TEST_PORTS"].split(",")

load_subconfig(os.environ["HUB_CONFIG"])  # noqa: F821
c = get_config()  # noqa: F821
c.PAMAuthenticator.allowed_groups = {os.environ["HUB_TEST_GROUP"]}
c.PAMAuthenticator.admin_groups = set()
c.JupyterHub.spawner_class = "localprocess"
c.Spawner.port = int(server_port)  # one for all: what a random choice does only now and then
c.Spawner.environment = {
    **c.Spawner.environment,
    "COURSE_EXCHANGE": str(STATE / "exchange"),
    "GIT_CONFIG_SYSTEM": str(STATE / "gitconfig"),
    "JUPYTER_RUNTIME_DIR": lambda spawner: str(STATE / "run" / spawner.user.name),
}
c.JupyterHub.bind_url = f"http://127.0.0.1:{public_port}"
c.JupyterHub.hub_port = int(hub_port)
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy_port}"
