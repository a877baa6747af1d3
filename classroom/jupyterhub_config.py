"""JupyterHub for a class on one server; docs/classroom.md says how to use it.

    .venv-hub/bin/jupyterhub --config classroom/jupyterhub_config.py

Two environments: this hub and the students' JupyterLabs run in .venv-hub (`make hub`), their
kernels in .venv (`make setup`). So no student can change the libraries of another, and a new
version of JupyterHub changes nothing in a lesson.
"""

import os
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
HUB = COURSE / ".venv-hub"
sys.path.insert(0, str(COURSE))

from classroom import sizing  # noqa: E402

DATA = Path(os.environ.get("COURSE_CACHE", "/srv/course-data"))
if not any(DATA.glob("*.npz")):
    sys.exit(
        f"COURSE_CACHE is {DATA}, where no data is ready. Fetch it once, for all: "
        f"make hub COURSE_CACHE={DATA}"
    )

# Who may come in: the accounts of this server that are in the group `students`.
c = get_config()  # noqa: F821
c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # a web server with a certificate stands before it
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"students", "instructors"}
c.PAMAuthenticator.admin_groups = {"instructors"}
c.ConfigurableHTTPProxy.command = [str(HUB / "node_modules/.bin/configurable-http-proxy")]

# What each student gets: a JupyterLab with a limit that systemd enforces.
c.JupyterHub.spawner_class = "systemd"
c.Spawner.cmd = [str(HUB / "bin/jupyterhub-singleuser")]
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1800",  # seconds, with no page open on it
    "--ServerApp.shutdown_no_activity_timeout=7200",
]
c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = sizing.limit_bytes()
c.Spawner.cpu_limit = sizing.measured_cores()
c.SystemdSpawner.unit_extra_properties = {"MemorySwapMax": "0"}  # a limit, not minutes of swapping
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.readonly_paths = [str(COURSE), str(DATA)]

# Data that is fetched once; and no more threads than the measured ones had cores.
c.Spawner.environment = {
    "COURSE_CACHE": str(DATA),
    "COURSE_DATA": os.environ.get("COURSE_DATA", "offline"),
    "PATH": f"{HUB / 'bin'}:{os.environ['PATH']}",  # nbgrader starts programs by their names
    # nbgrader_config.py, and the same defaults of JupyterLab as in `make lab`
    "JUPYTER_CONFIG_PATH": f"{COURSE / 'classroom'}:{COURSE / 'course' / 'jupyter'}",
    "TF_NUM_INTRAOP_THREADS": str(sizing.measured_cores()),
    "TF_NUM_INTEROP_THREADS": str(sizing.measured_cores()),
}
