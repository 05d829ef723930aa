"""A real LDAP server, Debian's slapd, as the source of accounts: the Go tests in interop/ldap."""

from __future__ import annotations

from harness.gotests import run_go_tests
from harness.session import Session


def run(s: Session) -> None:
    run_go_tests(s, "./interop/ldap", least=9, env={"INTEROP_BINARY": str(s.tools.almanac)})
