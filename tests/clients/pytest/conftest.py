"""Lets tests run against a recording: a deck answers in place of the workspace.

Takes `jobdeck` from the PATH (`pip install jobdeck` puts it there).
"""

import json
import pathlib
import subprocess

import pytest

CASSETTE = pathlib.Path(__file__).parents[3] / "cassettes" / "quickstart.json"


@pytest.fixture(scope="session", autouse=True)
def workspace(tmp_path_factory):
    """Points DATABRICKS_HOST and DATABRICKS_TOKEN at a deck, and fails the session if it was asked anything
    that is not in the cassette."""
    receipt = tmp_path_factory.mktemp("jobdeck") / "receipt.json"
    deck = subprocess.Popen(
        ["jobdeck", "replay", CASSETTE, "--listen", "127.0.0.1:0", "--receipt", receipt],
        stdout=subprocess.PIPE,
        text=True,
    )
    # It comes once connections are accepted, and is empty if the deck could not start.
    url = deck.stdout.readline().strip()
    assert url, f"jobdeck ended with code {deck.wait()}"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABRICKS_HOST", url)
        environment.setenv("DATABRICKS_TOKEN", "any")
        environment.setenv("NO_PROXY", "127.0.0.1")
        yield url
    deck.terminate()
    code = deck.wait()
    misses = [miss["message"] for miss in json.loads(receipt.read_text())["misses"]]
    assert code == 0, misses
