"""Results as TAP, one line per test: pytest -p tap_report --quiet --no-header."""

import pathlib

import pytest


class Report:
    def __init__(self, terminal):
        self.write = terminal.write_line

    def pytest_runtest_logreport(self, report):
        module = pathlib.PurePath(report.location[0]).stem
        name = f"{module}: {report.location[2]}".replace("#", "%")
        if report.failed:
            if report.when == "call" or not getattr(report, "wasxfail", False):
                self.write(
                    f"\nnot ok - {name}" + ("" if report.when == "call" else f" ({report.when})")
                )
                for line in report.longreprtext.splitlines():
                    self.write(f"# {line}")
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected"
            self.write(f"\nok - {name} # SKIP {reason.removeprefix('Skipped: ')}")
        elif report.when == "call":
            self.write(f"\nok - {name}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if terminal is not None:
        config.pluginmanager.register(Report(terminal), "tap_lines")
