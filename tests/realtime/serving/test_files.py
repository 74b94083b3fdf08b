"""How many files, and with them connections, a web process may have open."""

import resource

import pytest

from realtime.serving.server import allow_files


@pytest.fixture
def few():
    """A limit that is lower than it need be, for the time of the test; the higher one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] == resource.RLIM_INFINITY,
    reason="there is no limit to raise to",
)
def test_as_many_as_the_system_lets_it(few):
    assert allow_files() == few
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (few, few)


def test_a_web_process_says_how_many(server, log):
    assert "open files and connections" in log.read_text()
