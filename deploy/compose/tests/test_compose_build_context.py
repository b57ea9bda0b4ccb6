"""Each image can be built from what Docker is given, and holds what it starts."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from build_context import DOCKERFILES, REPOSITORY, Dockerfile, context, lay_out, tracked

every_image = pytest.mark.parametrize("dockerfile", DOCKERFILES.values(), ids=list(DOCKERFILES))
OWN_PACKAGES = sorted({folder for one in DOCKERFILES.values() for folder in one.installed()})


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("context"))


def covers(source: str, name: str) -> bool:
    return name == source or name.startswith(f"{source}/")


@every_image
def test_every_source_of_a_copy_reaches_the_build(dockerfile: Dockerfile):
    for source, _ in dockerfile.copies():
        assert any(covers(source, name) for name in context()), source


@every_image
def test_what_pip_installs_was_copied_before(dockerfile: Dockerfile):
    copied = [source for source, target in dockerfile.copies() if not target.startswith("/")]
    for folder in dockerfile.installed():
        assert any(covers(source, f"{folder}/pyproject.toml") for source in copied), folder
        assert f"{folder}/pyproject.toml" in context()


@every_image
def test_the_program_is_one_of_the_installed_packages(dockerfile: Dockerfile):
    entrypoint = next(
        json.loads(rest) for word, rest in dockerfile.instructions if word == "ENTRYPOINT"
    )
    assert entrypoint[:2] == ["python", "-m"]
    found = [
        name
        for folder in dockerfile.installed()
        for name in context()
        if covers(folder, name) and name.endswith(f"/{entrypoint[2]}/__main__.py")
    ]
    assert found


@every_image
def test_our_own_requirements_are_installed_with_a_package(dockerfile: Dockerfile):
    projects = {
        tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text())["project"][
            "name"
        ]: folder
        for folder in OWN_PACKAGES
    }
    installed = dockerfile.installed()
    for folder in installed:
        project = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text())["project"]
        ours = [projects[name] for name in project["dependencies"] if name in projects]
        assert set(ours) <= set(installed), folder


@every_image
def test_the_build_backend_is_pinned_with_the_rest(dockerfile: Dockerfile):
    lists = [source for source, _ in dockerfile.copies() if source.startswith("requirements/")]
    assert len(lists) == 1
    pinned = (REPOSITORY / lists[0]).read_text()
    assert re.search(r"^hatchling==", pinned, re.MULTILINE)


@every_image
def test_the_user_is_a_number_that_is_not_root(dockerfile: Dockerfile):
    users = [rest for word, rest in dockerfile.instructions if word == "USER"]
    assert users
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])


@pytest.mark.parametrize("folder", OWN_PACKAGES)
def test_a_package_built_from_the_context_holds_every_file_of_its_source(
    folder: str, laid_out: Path, tmp_path: Path
):
    subprocess.run(  # noqa: S603 - the build backend of the environment
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=laid_out / folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    table = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text())
    for package in table["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        root = Path(folder, package).parent
        wanted = [name for name in tracked() if covers(f"{folder}/{package}", name)]
        assert wanted
        missing = {str(Path(name).relative_to(root)) for name in wanted} - held
        assert missing == set()


def test_no_test_and_no_key_but_the_published_ones_reaches_a_build():
    assert [name for name in context() if "/tests/" in name] == []
    keys = [name for name in context() if name.endswith((".key", "private.pem", ".p12"))]
    assert keys == ["simulator/config/demo/key-a.private.pem"]
