"""The functional tests of python-caldav, from its source distribution.

They run against a server that is described in a configuration file, as their
authors run them against other servers. That file declares as missing what
exceptions.md lists for caldav-server-tester, which gives features the same
names, and nothing else: the tests expect all other features.
"""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET

from harness.session import Session

# Of each kind of thing the library does, one or two tests: what --short runs.
SHORT = """
testPrincipal testCreateDeleteCalendar testCreateEvent testCreateTaskListAndTodo testTodos testSearchEvent
testObjectBySyncToken testSync testLoadEvent testMultiGet testUnicodeEvent testRecurringDateSearch testFreeBusy
testSetCalendarProperties testEditSingleRecurrence testChangeAttendeeStatus
""".split()


def run(s: Session) -> None:
    s.add_account()
    suite = s.work / "suite"
    shutil.copytree(s.tools.sdist, suite, ignore=shutil.ignore_patterns(".complete", "*.tar.gz"))
    config = {
        "test-servers": {
            "almanac": {
                "type": "external",
                "enabled": True,
                "url": s.server.url,
                "username": s.user,
                "password": s.password,
                "features": {
                    name: {"support": "unsupported"} for name in s.result.exceptions.cases("caldav-server-tester")
                },
            }
        }
    }
    (suite / "tests" / "caldav_test_servers.json").write_text(json.dumps(config))
    report = s.work / "junit.xml"
    # testCheckCompatibility is caldav-server-tester, which has a script of its own.
    wanted = "Almanac and not testCheckCompatibility" + (f" and ({' or '.join(SHORT)})" if s.short else "")
    files = ["tests/test_caldav.py"] if s.short else ["tests/test_caldav.py", "tests/test_async_integration.py"]
    # The tests import the library from the installed wheel, not from the source beside them.
    shutil.rmtree(suite / "caldav")
    argv = [
        s.tool("python"), "-m", "pytest", *files, "-k", wanted,
        "-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function",
        "-W", "default::DeprecationWarning",  # some tests call what the library itself deprecates
        "--timeout=120", f"--junitxml={report}", "--tb=short",
    ]  # fmt: skip
    env = s.env(PYTHON_CALDAV_TEST_EMBEDDED="0", PYTHON_CALDAV_TEST_DOCKER="0")
    s.run(argv, cwd=suite, env=env, timeout=300 if s.short else 1800, status=None)

    with s.case("the tests were found and ran"):
        cases = list(ET.parse(report).iter("testcase"))
        assert len(cases) >= (len(SHORT) if s.short else 100), f"only {len(cases)} tests ran"
        for case in cases:
            kind = "async" if "async" in case.get("classname", "") else "sync"
            name = f"{case.get('name')} ({kind})"
            failure = next((e for e in case if e.tag in ("failure", "error")), None)
            skipped = case.find("skipped")
            if failure is not None:
                s.result.fail(name, "\n".join((failure.text or failure.get("message", "")).strip().splitlines()[-6:]))
            elif skipped is not None:
                s.result.skip(name, skipped.get("message", ""))
            else:
                s.result.add(name, True)
