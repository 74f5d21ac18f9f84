"""What is said of a NiFi that is not there."""

import pytest

from hitstream.errors import Retryable
from hitstream.extract.nifi.address import Nifi
from hitstream.extract.nifi.flow import flow
from hitstream.extract.nifi.server import NifiFlow


@pytest.mark.parametrize("ask", [NifiFlow.status, NifiFlow.start, NifiFlow.stop, lambda flow: flow.deploy({})])
def test_a_nifi_that_is_away_is_an_error_to_try_again_after(ask):
    with pytest.raises(Retryable, match=r"NiFi at http://127\.0\.0\.1:1/nifi does not answer"):
        ask(NifiFlow(Nifi("http://127.0.0.1:1/nifi"), flow("some")))
