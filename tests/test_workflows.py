"""What runs on GitHub: pinned actions, few rights, commands that exist, no publication unasked."""

import re

import pytest

from course import __main__ as entry
from course import content

WORKFLOWS = sorted((content.ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module", params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request):
    return request.param.read_text("utf-8")


def jobs(workflow):
    """Return each job's text by its name."""
    _, *parts = re.split(r"^  (\w+):(?: *#.*)?\n", workflow.partition("\njobs:\n")[2], flags=re.M)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_action_is_pinned_to_a_commit_and_says_its_version(workflow):
    actions = re.findall(r"uses: (.*)", workflow)
    assert actions
    for action in actions:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_a_job_has_only_the_rights_that_it_names(workflow):
    assert "\npermissions: {}\n" in workflow
    for name, job in jobs(workflow).items():
        wanted = ["pages: write", "id-token: write"] if name == "publish" else ["contents: read"]
        block = re.search(r"^    permissions:\n((?:      .*\n)+)", job, re.M)[1]
        assert [line.partition("#")[0].strip() for line in block.splitlines()] == wanted, name
        assert job.count("actions/checkout@") == job.count("persist-credentials: false"), name
        assert "timeout-minutes:" in job, name


def test_every_command_of_the_course_exists(workflow):
    commands = re.findall(r"(?:-m course|make) ([\w-]+)", workflow)
    assert commands or ".ci/run" in workflow
    assert {*commands} <= {*entry.COMMANDS}


def test_every_way_in_is_tested_once():
    for path in WORKFLOWS:
        assert "\nconcurrency:" in path.read_text("utf-8"), path.name
    ci = next(path for path in WORKFLOWS if path.name == "ci.yml").read_text("utf-8")
    assert "  push:\n    branches: [main]\n  pull_request:\n" in ci  # no double runs
    assert 'python: ["3.11", "3.12", "3.13"]' in jobs(ci)["linux"]
    assert "system: [windows-latest, macos-latest]" in jobs(ci)["systems"]


def test_nothing_is_published_without_an_address_or_from_a_branch():
    site = next(path for path in WORKFLOWS if path.name == "site.yml").read_text("utf-8")
    publish = jobs(site)["publish"]
    assert "if: github.ref == 'refs/heads/main' && vars.SITE_ADDRESS != ''\n" in publish
    assert site.count("deploy-pages@") == publish.count("deploy-pages@") == 1
