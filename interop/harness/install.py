"""Installing the clients, at fixed versions, into a cache folder.

Python packages come from requirements.txt, JavaScript packages from the
package-lock.json beside their script, and the rest from Debian. Each part has a stamp made
of the files that say its versions, so a second run finds it ready and a
changed version makes it anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness.session import CommandFailed, run_command


# The certificate authority that "acme" gets certificates from.
PEBBLE = "github.com/letsencrypt/pebble/v2", "v2.10.3"


class InstallError(Exception):
    """Something that a client needs could not be installed."""


class Tools:
    """Where the installed things are.

    almanac   the server's binary
    venv      the Python environment with the Python clients
    node      the folder with node_modules of tsdav
    browser   the same for driving a browser
    sdist     the unpacked source of python-caldav, with its tests
    pebble    the folder with the programs of Pebble
    """

    def __init__(self, cache: Path, here: Path, log: Path):
        self.cache = cache
        self.here = here
        self.repo = here.parent
        self.log = log
        self.venv = cache / f"python-{_digest(here / 'requirements.txt', extra=sys.version)}"
        self.node = self._node_folder("tsdav")
        self.browser = self._node_folder("pages")
        self.sdist = cache / f"caldav-{_digest(here / 'requirements.txt')}"
        self.pebble = cache / f"pebble-{PEBBLE[1]}"
        given = os.environ.get("INTEROP_BINARY")
        self.almanac = Path(given) if given else cache / "bin" / "almanac"
        self._build = not given

    def prepare(self, clients, needs_almanac: bool) -> None:
        """Install what the clients need and build the server."""
        needs = frozenset().union(*(client.needs for client in clients))
        self.cache.mkdir(parents=True, exist_ok=True)
        self._debian(sorted(n.removeprefix("apt:") for n in needs if n.startswith("apt:")))
        if needs & {"python", "sdist"}:
            self._once(self.venv, self._make_venv)
        if "sdist" in needs:
            self._once(self.sdist, self._fetch_sdist)
        if "node" in needs:
            self._once(self.node, lambda folder: self._make_node(folder, "tsdav"))
        if "browser" in needs:
            self._once(self.browser, lambda folder: self._make_node(folder, "pages"))
        if "pebble" in needs:
            self._once(self.pebble, self._make_pebble)
        if needs_almanac or any(client.name == "move-in" for client in clients):
            self._build_almanac()

    def go_env(self) -> dict[str, str]:
        """The caches of Go, for running it with another HOME."""
        said = self._run(["go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH"])
        return json.loads(said)

    def goroot(self) -> Path:
        return Path(self._run(["go", "env", "GOROOT"]).strip())

    def _once(self, folder: Path, make) -> None:
        """Make folder unless an earlier run finished it."""
        stamp = folder / ".complete"
        if stamp.exists():
            return
        print(f"installing {folder.name}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        stamp.touch()

    def _run(self, argv, timeout=900, cwd=None) -> str:
        try:
            done = run_command(argv, self.log, timeout, cwd, dict(os.environ))
        except (CommandFailed, FileNotFoundError) as err:
            raise InstallError(str(err)) from err
        if done.returncode:
            said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
            raise InstallError(
                f"{' '.join(map(str, argv[:4]))} ended with {done.returncode}:\n{said}\nall of it is in {self.log}"
            )
        return done.stdout

    def _make_venv(self, folder: Path) -> None:
        self._run([sys.executable, "-m", "venv", folder])
        pip = folder / "bin" / "pip"
        self._run([pip, "install", "--quiet", "--no-deps", "-r", self.here / "requirements.txt"])
        self._run([pip, "check"])

    def _fetch_sdist(self, folder: Path) -> None:
        """The source distribution of python-caldav holds its tests; the wheel doesn't."""
        want = next(
            line.strip()
            for line in (self.here / "requirements.txt").read_text().splitlines()
            if line.startswith("caldav==")
        )
        pip = self.venv / "bin" / "pip"
        self._run([pip, "download", "--quiet", "--no-deps", "--no-binary", "caldav", "-d", folder, want])
        archive = next(folder.glob("caldav-*.tar.gz"))
        self._run(["tar", "-xzf", archive, "--strip-components=1", "-C", folder])

    def _node_folder(self, script: str) -> Path:
        files = (self.here / script / name for name in ("package.json", "package-lock.json"))
        return self.cache / f"node-{_digest(*files)}"

    def _make_node(self, folder: Path, script: str) -> None:
        if not shutil.which("npm"):
            raise InstallError("npm is missing; install Node.js 20 or later (Debian: nodejs and npm)")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(self.here / script / name, folder / name)
        self._run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder)

    def _make_pebble(self, folder: Path) -> None:
        module, version = PEBBLE
        argv = ["go", "install", *(f"{module}/cmd/{name}@{version}" for name in ("pebble", "pebble-challtestsrv"))]
        self._run(["env", f"GOBIN={folder}", *argv], cwd=folder)

    def _debian(self, packages: list[str]) -> None:
        # Servers are where only root looks.
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        missing = [name for name in packages if not shutil.which(name, path=path)]
        if not missing:
            return
        names = " ".join(missing)
        if not shutil.which("apt-get"):
            raise InstallError(f"the programs {names} are missing and this is no Debian; install them by hand")
        as_root: list[str] = []
        if os.geteuid() != 0:
            sudo = shutil.which("sudo")
            if not sudo or subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode:
                raise InstallError(f"the Debian packages {names} are missing; run: sudo apt-get install {names}")
            as_root = [sudo, "-n"]
        print(f"installing Debian's {names}", flush=True)
        env = ["env", "DEBIAN_FRONTEND=noninteractive"]
        try:
            self._run([*as_root, *env, "apt-get", "update", "-q"])
            self._run([*as_root, *env, "apt-get", "install", "-q", "-y", "--no-install-recommends", *missing])
        except InstallError as err:
            raise InstallError(f"can't install the Debian packages {names}: {err}") from err

    def _build_almanac(self) -> None:
        if self._build:
            self.almanac.parent.mkdir(parents=True, exist_ok=True)
            self._run(["go", "build", "-o", self.almanac, "./cmd/almanac"], cwd=self.repo)
        elif not self.almanac.exists():
            raise InstallError(f"INTEROP_BINARY names {self.almanac}, which doesn't exist")


def _digest(*files: Path, extra: str = "") -> str:
    h = hashlib.sha256(extra.encode())
    for path in files:
        h.update(path.read_bytes())
    return h.hexdigest()[:12]
