"""Run caldav-server-tester and print what it found as JSON.

This file is a program for the Python environment of the clients, not a module
of the harness: server_tester.py URL USER PASSWORD [CHECK...]

The output maps each feature that was observed to its support level and to the
level that the tool takes for granted where nothing else is known. That level is "full" for what the
standards demand. It differs for what they leave open ("fragile" for the colour
of a calendar) and for what a conforming server doesn't have ("unsupported" for
a time range on VCALENDAR).
"""

import json
import sys

from caldav import get_davclient
from caldav.compatibility_hints import FeatureSet
from caldav_server_tester import ServerQuirkChecker


def main() -> None:
    url, user, password, *checks = sys.argv[1:]
    defaults = FeatureSet()
    with get_davclient(url=url, username=user, password=password) as conn:
        checker = ServerQuirkChecker(conn)
        try:
            if checks:
                for check in checks:
                    checker.check_one(check)
            else:
                checker.check_all()
        finally:
            checker.cleanup(force=True)
        found = checker.features_checked.dotted_feature_set_list(compact=False)
        report = {
            feature: {
                "support": checker.features_checked.is_supported(feature, str),
                "default": defaults.is_supported(feature, str),
                "type": FeatureSet.find_feature(feature).get("type", "server-feature"),
                "note": " ".join(f"{k}={v}" for k, v in info.items() if k != "support"),
            }
            for feature, info in found.items()
        }
    json.dump(report, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
