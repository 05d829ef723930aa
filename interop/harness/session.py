"""What one client's script gets: a server, a work folder and case()."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

from harness import dav
from harness.report import ClientResult


class CommandFailed(Exception):
    """A command ended with another status than expected, or took too long."""


def run_command(
    argv: list[str],
    log: Path,
    timeout: float,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    stdin: str | bytes = b"",
) -> subprocess.CompletedProcess:
    """Run argv, append what it said to log, and return its outcome.

    stdout and stderr of the result are text. A command that takes longer than
    timeout seconds is killed with its children.
    """
    argv = [str(a) for a in argv]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    started = time.monotonic()
    proc = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=env,
        start_new_session=True,
    )
    late = False
    try:
        out, err = proc.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        late = True
        os.killpg(proc.pid, signal.SIGKILL)
        out, err = proc.communicate()
    out, err = out.decode(errors="replace"), err.decode(errors="replace")
    with log.open("a") as f:
        f.write(f"$ {' '.join(argv)}\n{out}{err}")
        f.write(f"[status {proc.returncode} after {time.monotonic() - started:.1f} s]\n\n")
    if late:
        raise CommandFailed(f"{argv[0]} took longer than {timeout:.0f} s; see {log}")
    return subprocess.CompletedProcess(argv, proc.returncode, out, err)


class Session:
    """One client against one fresh server.

    server    the running server
    user, password, email   the account that the client uses
    work      an empty folder for the client's files; command.log is its log
    short     whether only a representative part is wanted
    """

    user = "alice"
    password = "correct horse 1"
    email = "alice@example.org"

    def __init__(self, name, server, tools, work: Path, short: bool, result: ClientResult):
        self.name = name
        self.server = server
        self.tools = tools
        self.work = work
        self.short = short
        self.result = result
        self.log = work / "command.log"

    @contextmanager
    def case(self, name: str):
        """Record the block as one case; an exception in it is its failure."""
        try:
            yield
        except Exception as err:
            self.result.fail(name, self.explain(err))
        else:
            self.result.add(name, True)

    def explain(self, err: Exception) -> str:
        with self.log.open("a") as f:
            f.write(traceback.format_exc() + "\n")
        if isinstance(err, (AssertionError, CommandFailed, dav.DAVError)) and str(err):
            return str(err)
        last = traceback.extract_tb(err.__traceback__)[-1]
        return f"{type(err).__name__}: {err} ({Path(last.filename).name}:{last.lineno} {last.line})"

    def add_account(self, user: str | None = None, email: str | None = None) -> dav.Client:
        """Make an account with its default collections and return a DAV client for it."""
        user, email = user or self.user, email or self.email
        self.server.add_user(user, self.password, email, user.split("@")[0].title())
        return self.client(user)

    def client(self, user: str | None = None) -> dav.Client:
        return dav.Client(self.server.origin, user or self.user, self.password)

    def env(self, **more: str) -> dict[str, str]:
        """The environment for a client: its own home, a fixed zone and locale."""
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR")}
        home = self.work / "home"
        home.mkdir(exist_ok=True)
        return {
            **keep,
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "LANG": "C.UTF-8",
            "TZ": "Europe/Berlin",
            "PYTHONDONTWRITEBYTECODE": "1",
            **more,
        }

    def run(self, argv, timeout=60, cwd=None, env=None, stdin=b"", status=0):
        """Run a client's command and demand its exit status (None: any)."""
        done = run_command(argv, self.log, timeout, cwd or self.work, env or self.env(), stdin)
        if status is not None and done.returncode != status:
            said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
            raise CommandFailed(f"{Path(str(argv[0])).name} ended with {done.returncode}, not {status}:\n{said}")
        return done

    def tool(self, name: str) -> Path:
        """A command of the Python environment that holds the clients."""
        return self.tools.venv / "bin" / name
