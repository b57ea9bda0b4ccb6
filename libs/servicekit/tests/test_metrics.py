"""Figures: the text that Prometheus reads, and the port that gives it."""

import asyncio
from collections.abc import Sequence

import pytest
from servicekit.config import MetricsSettings
from servicekit.metrics import Durations, Family, RPCDurations, gauge, render
from servicekit.metrics_server import MetricsServer, serving_metrics

ANYWHERE = MetricsSettings(port=0)


def test_a_gauge_is_written_with_its_labels_escaped():
    odd = 'a"b\\c\nd'

    text = render([gauge("g_x", "Words.", {(("bank", odd),): 2, (): 0.5})])

    assert text == '# HELP g_x Words.\n# TYPE g_x gauge\ng_x{bank="a\\"b\\\\c\\nd"} 2\ng_x 0.5\n'


def test_a_histogram_counts_up_to_each_bound():
    durations = Durations("d_seconds", "Words.")
    for seconds in (0.005, 0.3, 999.0):
        durations.add((("k", "v"),), seconds)

    lines = render([durations.family()]).splitlines()

    assert 'd_seconds_bucket{k="v",le="0.005"} 1' in lines
    assert 'd_seconds_bucket{k="v",le="0.25"} 1' in lines
    assert 'd_seconds_bucket{k="v",le="0.5"} 2' in lines
    assert 'd_seconds_bucket{k="v",le="+Inf"} 3' in lines
    assert 'd_seconds_sum{k="v"} 999.305' in lines
    assert 'd_seconds_count{k="v"} 3' in lines


async def test_rpcs_are_counted_by_method_and_code():
    rpcs = RPCDurations()
    rpcs.rpc_finished("/a/B", "OK", 0.01)
    rpcs.rpc_finished("/a/B", "NOT_FOUND", 0.01)

    text = render(await rpcs.families())

    assert 'gerbang_rpc_seconds_count{method="/a/B",code="OK"} 1' in text
    assert 'gerbang_rpc_seconds_count{method="/a/B",code="NOT_FOUND"} 1' in text


async def ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


class Sources:
    """One that answers until told to fail."""

    failing = False

    async def families(self) -> Sequence[Family]:
        if self.failing:
            raise ConnectionError("the database is away")
        return [gauge("g", "Words.", {(): 1})]


async def test_the_port_answers_get_metrics_and_nothing_else():
    sources = Sources()
    async with serving_metrics(ANYWHERE, [sources.families]) as server:
        assert server is not None
        good = await ask(server.bound_port, b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
        other = await ask(server.bound_port, b"GET /secrets HTTP/1.1\r\n\r\n")
        post = await ask(server.bound_port, b"POST /metrics HTTP/1.1\r\n\r\n")
        long = await ask(server.bound_port, b"GET /metrics HTTP/1.1\r\nx: " + b"y" * 20_000)
        sources.failing = True
        failed = await ask(server.bound_port, b"GET /metrics HTTP/1.1\r\n\r\n")
        sources.failing = False
        again = await ask(server.bound_port, b"GET /metrics HTTP/1.1\r\n\r\n")

    assert good.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4")
    assert good.endswith(b"\r\n\r\n# HELP g Words.\n# TYPE g gauge\ng 1\n")
    assert (other[:12], post[:12]) == (b"HTTP/1.1 404", b"HTTP/1.1 404")
    assert long == b""
    assert failed.startswith(b"HTTP/1.1 503")
    assert again == good


async def test_without_a_setting_no_port_is_opened():
    async with serving_metrics(None, []) as server:
        assert server is None


async def test_a_taken_port_is_said_at_the_start():
    async with serving_metrics(ANYWHERE, []) as server:
        assert server is not None
        taken = MetricsServer(MetricsSettings(port=server.bound_port), [])
        with pytest.raises(OSError, match="in use"):
            await taken.start()
