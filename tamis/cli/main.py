"""`tamis`: from a configuration to Verilog, evidence and area.

Exit status: 0 done; 1 a check failed; 2 bad input or a missing tool, in one line on standard error; 130 interrupted,
143 terminated.
"""

import sys

import click

from tamis.cli import demo, generate, verify
from tamis.cli import synth as synthesise
from tamis.errors import BadInput
from tamis.hdl.config import ConfigError
from tamis.hdl.emit.generate import OutputExists
from tamis.report import command as report
from tamis.sweep import command as sweep
from tamis.testbench.run.results import RegressionError
from tamis.testbench.run.simulators import SimulatorError
from tamis.tools.cache import CacheError
from tamis.tools.files import FULL, NoSpace
from tamis.tools.stop import stoppable
from tamis.tools.yosys import SynthError

LONGEST_LINE = 1000  # characters of a refusal, whatever value it shows
_EXPECTED = (BadInput, ConfigError, OutputExists, SynthError, CacheError, NoSpace, SimulatorError)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tamis")
def cli():
    """N:M structured-sparse tensor hardware: Verilog, evidence and area from one description."""


for _module in (generate, verify, synthesise, demo, sweep, report):
    cli.add_command(_module.command)


def main(arguments=None):
    """Run the command line; always ends in SystemExit."""
    with stoppable():
        _main(arguments)


def _main(arguments):
    try:
        sys.exit(cli.main(arguments, prog_name="tamis", standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _refuse(error.format_message())
    except RegressionError as error:
        _refuse(error, status=1)
    except _EXPECTED as error:
        _refuse(error)
    except OSError as error:
        if error.errno in FULL:
            _refuse(f"{error.strerror}: free some, or set TAMIS_CACHE and TMPDIR to folders with more")
        _refuse(f"{error.strerror}: {error.filename!r}" if error.filename else error)


def _refuse(why, status=2):
    line = f"tamis: {' '.join(str(why).split())}"
    click.echo(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}...", err=True)
    sys.exit(status)
