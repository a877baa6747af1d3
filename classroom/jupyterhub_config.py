"""JupyterHub for a class on one server; docs/classroom.md says how to use it.

    /srv/class/bin/jupyterhub --config /srv/course/classroom/jupyterhub_config.py

The course's folder, with every solution in it, is closed to students. What they need is installed
beside it (`make hub`), in two environments: this hub and their JupyterLabs run in one, their
kernels in the other. So no student can change the libraries of another, and a new version of
JupyterHub changes nothing in a lesson.
"""

import os
import sys
from ipaddress import ip_address
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
HUB = Path(sys.prefix).resolve()  # the environment that this file runs in
sys.path.insert(0, str(COURSE))

from classroom import access, sizing  # noqa: E402

DATA = Path(os.environ.get("COURSE_CACHE", "/srv/course-data"))
if not any(DATA.glob("*.npz")):
    sys.exit(
        f"COURSE_CACHE is {DATA}, where no data is ready. Fetch it once, for all: "
        f"COURSE_CACHE={DATA} {HUB}/kernel/bin/python -m helpers.data"
    )
try:
    access.check(closed=COURSE, needed=(HUB, DATA, Path(sys.base_prefix)))
except access.AccessError as error:
    sys.exit(str(error))

# Who may come in: the accounts of this server that are in the group `students`.
c = get_config()  # noqa: F821
c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # a web server with a certificate stands before it
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"students", "instructors"}
c.PAMAuthenticator.admin_groups = {"instructors"}
c.ConfigurableHTTPProxy.command = [str(HUB / "node_modules/.bin/configurable-http-proxy")]


def own_address(spawner):
    """Give a student's server a loopback address of its own, by the number of the account."""
    spawner.ip = str(ip_address("127.1.0.0") + spawner.user.id)


# A server's port is chosen long before the server takes it. When a class logs in at once, two get
# the same one now and then: the second server ends, and the hub takes the first for it.
c.Spawner.pre_spawn_hook = own_address
# Not PYTHONPATH: what the hub was started with is no matter of a student's kernel.
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL"]

# What each student gets: a JupyterLab with a limit that systemd enforces.
c.JupyterHub.spawner_class = "systemd"
c.Spawner.cmd = [str(HUB / "bin/jupyterhub-singleuser")]
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1800",  # seconds, with no page open on it
    "--ServerApp.shutdown_no_activity_timeout=7200",
    # Sockets in a folder of the student's own, not ports: thirty kernels choose 150 ports long
    # before they take them, and one whose port is gone stays dead.
    "--KernelManager.transport=ipc",
]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # seconds, when the whole class logs in
c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = sizing.limit_bytes()
c.Spawner.cpu_limit = sizing.measured_cores()
c.SystemdSpawner.unit_extra_properties = {
    "MemorySwapMax": "0",  # a limit, not minutes of swapping
    "InaccessiblePaths": str(COURSE),  # a second lock
    "RuntimeDirectory": "course-{USERNAME}",  # in /run, for the kernels' sockets
    "RuntimeDirectoryMode": "0700",
}
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.readonly_paths = [str(HUB), str(DATA)]

# Data that is fetched once; and no more threads than the measured ones had cores. The settings of
# nbgrader and JupyterLab lie in the hub's environment, in etc/jupyter.
c.Spawner.environment = {
    "COURSE_CACHE": str(DATA),
    "COURSE_DATA": os.environ.get("COURSE_DATA", "offline"),
    # Short: the path of a socket has 107 bytes at most, and a home folder can lie deep.
    "JUPYTER_RUNTIME_DIR": lambda spawner: f"/run/course-{spawner.user.name}",
    "PATH": f"{HUB / 'bin'}:{os.environ['PATH']}",  # nbgrader starts programs by their names
    "TF_NUM_INTRAOP_THREADS": str(sizing.measured_cores()),
    "TF_NUM_INTEROP_THREADS": str(sizing.measured_cores()),
}
