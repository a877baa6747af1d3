"""A student's pod in a cluster is what the one server gives: built by KubeSpawner from the values.

No cluster is needed: KubeSpawner builds the pod, and nobody sends it anywhere.
"""

import asyncio
import copy
import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import kubespawner.spawner
import pytest
import yaml
from kubespawner import KubeSpawner
from serving import CONFIG, HUB
from traitlets.config import Config

from classroom import access, install, sizing
from course import content

FOLDER = content.ROOT / "classroom" / "kubernetes"
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text("utf-8"))
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
CLASS = "/srv/class"
# What the chart (4.4) makes of the keys under `singleuser`.
TRAITS = {
    "startTimeout": "start_timeout",
    "uid": "uid",
    "fsGid": "fs_gid",
    "memory.limit": "mem_limit",
    "memory.guarantee": "mem_guarantee",
    "cpu.limit": "cpu_limit",
    "cpu.guarantee": "cpu_guarantee",
    "extraEnv": "environment",
    "cmd": "cmd",
    "defaultUrl": "default_url",
    "storage.capacity": "storage_capacity",
}
# The chart puts these together, some with others.
OTHERS = {"image.name", "image.tag", "storage.homeMountPath"}
LISTS = {"storage.extraVolumes": "volumes", "storage.extraVolumeMounts": "volume_mounts"}
HOME = "volume-{user_server}"


def flat(values, prefix=""):
    """Yield the values with their dotted keys; lists and the environment stay whole."""
    for key, value in values.items():
        if isinstance(value, dict) and key != "extraEnv":
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def config(values):
    """Return JupyterHub's configuration, as the chart makes it from the values.

    Raises:
        ValueError: a key under ``singleuser`` is not known here.
    """
    asked = dict(flat(values["singleuser"]))
    if unknown := set(asked) - set(TRAITS) - OTHERS - set(LISTS):
        raise ValueError(f"no trait is known for singleuser.{', singleuser.'.join(unknown)}")
    made = Config()
    for key, trait in TRAITS.items():
        if key in asked:
            # Helm reads each number as a float.
            value = asked[key]
            made.KubeSpawner[trait] = float(value) if key.startswith("memory.") else value
    made.KubeSpawner.image = f"{asked['image.name']}:{asked['image.tag']}"
    claim = {"claimName": "claim-{user_server}"}
    made.KubeSpawner.volumes = [{"name": HOME, "persistentVolumeClaim": claim}]
    made.KubeSpawner.volume_mounts = [{"name": HOME, "mountPath": asked["storage.homeMountPath"]}]
    for key, trait in LISTS.items():
        made.KubeSpawner[trait] += asked.get(key, [])
    for name, settings in values["hub"]["config"].items():
        made[name].update(settings)
    return made


@pytest.fixture
def pod_of(monkeypatch):
    """Return a function that builds a student's pod from values."""
    monkeypatch.setattr(kubespawner.spawner, "load_config", lambda **_: None)
    monkeypatch.setattr(kubespawner.spawner, "shared_client", lambda name: None)

    def build(values):
        user = SimpleNamespace(name="ada", id=1, url="/user/ada/")
        spawner = KubeSpawner(config=config(values), user=user, _mock=True)
        return asyncio.run(spawner.get_pod_manifest())

    return build


@pytest.fixture
def server():
    """The spawner's settings on one server, as docs/classroom.md sets it up."""
    made = Config()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COURSE_CACHE", raising=False)
        patch.delenv("COURSE_DATA", raising=False)
        patch.setattr(sys, "prefix", CLASS)
        patch.setattr(access, "check", lambda closed, needed: None)
        patch.setattr(Path, "glob", lambda folder, pattern: iter([folder / "imdb-offline.npz"]))
        runpy.run_path(str(content.ROOT / CONFIG), {"get_config": lambda: made})
    return made


def problems(pod, server, dockerfile=DOCKERFILE):
    """Return in what a pod is less than, or other than, a student's server on one machine."""
    spec = pod.to_dict()["spec"]
    [box] = spec["containers"]
    mounts = {mount["mount_path"]: mount for mount in box["volume_mounts"]}
    claims = {one["name"]: one["persistent_volume_claim"] for one in spec["volumes"]}
    env = {one["name"]: one["value"] for one in box["env"]}
    limits, requests = box["resources"]["limits"], box["resources"]["requests"]
    rights = box["security_context"]
    wanted = dict(server.Spawner.environment)
    path = wanted.pop("PATH").partition(":")[0]
    # In a pod of its own, a student's kernels share their ports with nobody.
    wanted.pop("JUPYTER_RUNTIME_DIR")
    options = [one for one in server.Spawner.args if one != "--KernelManager.transport=ipc"]
    data = mounts.get(wanted["COURSE_CACHE"])
    final = dockerfile.rpartition("\nFROM ")[2]
    home = re.search(r"^WORKDIR (\S+)$", final, re.M)[1]
    needed = sizing.largest_peak()[1] * sizing.GB
    good = {
        "memory limit": limits["memory"] == server.Spawner.mem_limit,
        "less memory than a lesson needs": limits["memory"] >= needed,
        "guaranteed memory": needed <= requests["memory"] <= limits["memory"],
        "cores": limits["cpu"] == server.Spawner.cpu_limit,
        "guaranteed cores": 0 < requests["cpu"] <= limits["cpu"],
        "environment": {name: env.get(name) for name in wanted} == wanted,
        "PATH": f"ENV PATH={path}:$PATH " in final and "PATH" not in env,
        "command": box["args"] == server.Spawner.cmd + options,
        "page": env["JUPYTERHUB_DEFAULT_URL"] == server.Spawner.default_url,
        "data": data and data["read_only"] and claims[data["name"]].get("readOnly"),
        "user": f"\nUSER {rights['runAsUser']}\n" in final,
        "root": rights["runAsUser"] > 0,
        "more rights": rights["allowPrivilegeEscalation"] is False,
        "home": home in mounts and not mounts[home]["read_only"] and f"HOME={home}\n" in final,
        "working directory": box["working_dir"] in (None, home),
    }
    return [name for name, is_good in good.items() if not is_good]


def test_a_pod_is_what_a_student_gets_on_one_server(pod_of, server):
    assert problems(pod_of(VALUES), server) == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("singleuser.memory.limit", 10**9, "less memory than a lesson needs"),
        ("singleuser.memory.limit", 10**11, "memory limit"),
        ("singleuser.memory.guarantee", 10**8, "guaranteed memory"),
        ("singleuser.memory.guarantee", 10**11, "guaranteed memory"),
        ("singleuser.cpu.limit", 1, "cores"),
        ("singleuser.cpu.guarantee", 8, "guaranteed cores"),
        ("singleuser.extraEnv.COURSE_CACHE", "/data", "environment"),
        ("singleuser.extraEnv.COURSE_DATA", "auto", "environment"),
        ("singleuser.extraEnv.TF_NUM_INTRAOP_THREADS", "64", "environment"),
        ("singleuser.extraEnv.PATH", "/bin", "PATH"),
        ("singleuser.cmd", ["jupyterhub-singleuser"], "command"),
        ("hub.config.Spawner.args", [], "command"),
        ("singleuser.defaultUrl", "/tree", "page"),
        ("singleuser.storage.extraVolumeMounts", [], "data"),
        ("singleuser.storage.extraVolumeMounts.0.readOnly", False, "data"),
        (
            "singleuser.storage.extraVolumes.0.persistentVolumeClaim.readOnly",
            False,
            "data",
        ),
        ("singleuser.uid", 0, "root"),
        ("singleuser.uid", 1001, "user"),
        ("hub.config.KubeSpawner", {"allow_privilege_escalation": True}, "more rights"),
        ("hub.config.KubeSpawner", {"working_dir": "/"}, "working directory"),
        ("singleuser.storage.homeMountPath", "/home/jovyan", "home"),
    ],
)
def test_a_pod_out_of_step_is_found(pod_of, server, key, value, problem):
    changed = copy.deepcopy(VALUES)
    *way, last = [int(part) if part.isdigit() else part for part in key.split(".")]
    place = changed
    for part in way:
        place = place[part]
    place[last] = value
    assert problem in problems(pod_of(changed), server)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("USER 1000", "USER 0", "user"),
        ("USER 1000\n", "", "user"),
        ("WORKDIR /home/student", "WORKDIR /home/jovyan", "home"),
        ("ENV PATH=/srv/class/bin:$PATH ", "ENV ", "PATH"),
    ],
)
def test_an_image_out_of_step_is_found(pod_of, server, old, new, problem):
    broken = DOCKERFILE.replace(old, new)
    assert broken != DOCKERFILE
    assert problem in problems(pod_of(VALUES), server, broken)


def test_a_key_that_the_chart_may_not_know_is_refused():
    changed = copy.deepcopy(VALUES)
    changed["singleuser"]["memory"]["limits"] = 1
    with pytest.raises(ValueError, match=r"no trait is known for singleuser\.memory\.limits"):
        config(changed)


def test_kubespawner_knows_each_setting():
    traits = set(KubeSpawner.class_traits(config=True))
    made = config(VALUES)
    assert set(made.KubeSpawner) | set(made.Spawner) <= traits


def test_a_server_is_stopped_as_on_one_machine_and_nobody_is_let_in_unasked():
    [seconds] = [
        int(option.partition("=")[2])
        for option in VALUES["hub"]["config"]["Spawner"]["args"]
        if "shutdown_no_activity_timeout" in option
    ]
    assert VALUES["cull"]["timeout"] == seconds
    assert VALUES["hub"]["config"]["JupyterHub"]["authenticator_class"] == "null"
    assert set(VALUES) == {"hub", "singleuser", "cull"}


def test_the_data_is_filled_where_the_pods_read_it():
    claim, filler = yaml.safe_load_all((FOLDER / "data.yaml").read_text("utf-8"))
    storage = VALUES["singleuser"]["storage"]
    [volume], [mount] = storage["extraVolumes"], storage["extraVolumeMounts"]
    assert volume["name"] == mount["name"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    [box], [filled] = filler["spec"]["containers"], filler["spec"]["volumes"]
    image = VALUES["singleuser"]["image"]
    assert box["image"] == f"{image['name']}:{image['tag']}"
    assert filled["persistentVolumeClaim"] == {"claimName": claim["metadata"]["name"]}
    [place] = box["volumeMounts"]
    assert (place["name"], place["mountPath"]) == (filled["name"], mount["mountPath"])
    env = {one["name"]: one["value"] for one in box["env"]}
    assert env == {name: VALUES["singleuser"]["extraEnv"][name] for name in env}
    assert env["COURSE_CACHE"] == mount["mountPath"]


def test_the_image_installs_what_the_one_server_has_and_nothing_else(tmp_path, monkeypatch):
    first, final = DOCKERFILE.split("\nFROM ")[1:]
    for *sources, target in re.findall(r"^COPY (.+?) (\S+)$", first, re.M):
        for source in sources[0].split():
            path = content.ROOT / source
            target_path = tmp_path / "course" / (source if target == "./" else target)
            target_path.parent.mkdir(parents=True, exist_ok=True)
            copied = shutil.copytree if path.is_dir() else shutil.copy
            copied(path, target_path)
    command = re.search(r"RUN python3\.\d+ (\S+) (\S+)", first)
    assert command[2] == CLASS
    ran = SimpleNamespace(**runpy.run_path(str(tmp_path / "course" / command[1])))
    assert tmp_path / "course" == ran.COURSE
    monkeypatch.setattr(subprocess, "run", lambda line, **_: None)
    monkeypatch.setattr(install.venv, "create", lambda folder, **_: folder.mkdir(exist_ok=True))
    assert ran.install(tmp_path / "class")  # all that it reads is there
    assert re.findall(r"^COPY (.+)$", final, re.M) == [f"--from=installed {CLASS} {CLASS}"]


def test_the_images_start_command_is_the_pods_and_it_starts():
    image = json.loads(re.search(r"^CMD (.+)$", DOCKERFILE, re.M)[1])
    assert image == VALUES["singleuser"]["cmd"]
    if not (HUB / "bin").is_dir():
        pytest.skip(f"nothing is installed in {HUB}: make test-hub")
    [program] = image
    command = [HUB / Path(program).relative_to(CLASS), "--version"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
