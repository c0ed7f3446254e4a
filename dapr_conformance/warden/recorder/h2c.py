"""One client connection of an HTTP/2 recorder: both connections are ended here and their streams joined (RFC 9113).

Heads, bodies and trailers pass as they come and as the other side's windows allow; frames may be cut differently. What
does not begin as HTTP/2 does is passed on raw.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

import h2.events
import h2.exceptions

from dapr_conformance.grpc_message.equivalent import Call
from dapr_conformance.warden.protocol import Rule
from dapr_conformance.warden.recorder.http2_form import form_of
from dapr_conformance.warden.recorder.http2_leg import PREFACE, GoAway, Leg, Part
from dapr_conformance.warden.recorder.http2_stream import REFUSED_STREAM, Stream, lines_of
from dapr_conformance.warden.recorder.pair import Pair, Side
from dapr_conformance.warden.recorder.rules import RuleBook
from dapr_conformance.warden.recorder.store import Store

Copies = Callable[[Stream, Rule], None]
Event = h2.events.Event | GoAway


class H2cPair(Pair):
    """A joined pair that understands HTTP/2.

    Args:
        number: of the connection, for the exchanges.
        store: where exchanges go.
        rules: which rules there are.
        calls: the gRPC methods that are understood, by path.
        copies: sends copies of a stream's request (the rule says how many) on connections of their own.

    """

    def __init__(self, number: int, store: Store, rules: RuleBook, calls: Mapping[str, Call], copies: Copies) -> None:
        """Wait for the client's preface."""
        super().__init__()
        self._number = number
        self.store = store
        self.rules = rules
        self._calls = calls
        self._copies = copies
        self._begun = b""  # what may become the preface
        self._early: list[bytes] = []  # of an upstream that speaks first
        self._raw = False
        self._speaks = False
        self._below = Leg(self.client.write, client=False)
        self._above = Leg(self.upstream.write, client=True)
        self._streams: dict[int, Stream] = {}  # by the client's number
        self._passed: dict[int, Stream] = {}  # by the upstream's number
        self._waiting: deque[Stream] = deque()  # for the upstream to take more streams
        self._last_taken: int | None = None  # of an upstream that takes no more streams

    def from_client(self, data: bytes) -> None:
        """Take bytes of the client."""
        if self._raw:
            self.upstream.write(data)
        elif self._speaks:
            self._take(self._below, data, self._client_event)
        else:
            self._begin(data)

    def _begin(self, data: bytes) -> None:
        self._begun += data
        if not PREFACE.startswith(self._begun[: len(PREFACE)]):
            self._raw = True
            self.upstream.write(self._begun)
        elif len(self._begun) >= len(PREFACE):
            self._speaks = True
            self._below.start()
            self._above.start()
            self._take(self._below, self._begun, self._client_event)
        if self._raw or self._speaks:
            early, self._early = self._early, []
            for each in early:
                self.from_upstream(each)

    def from_upstream(self, data: bytes) -> None:
        """Take bytes of the upstream."""
        if self._raw:
            self.client.write(data)
        elif self._speaks:
            self._take(self._above, data, self._upstream_event)
        else:
            self._early.append(data)

    def _take(self, leg: Leg, data: bytes, event: Callable[[Event], None]) -> None:
        try:
            for each in leg.receive(data):
                event(each)
            self.flush()
        except h2.exceptions.ProtocolError:
            self._break(leg)

    def _break(self, leg: Leg) -> None:
        """End what does not go on as HTTP/2; h2 has written why."""
        leg.flush()
        self._end_all("client_closed" if leg is self._below else "upstream_closed")
        self.client.close()
        self.upstream.close()

    def flush(self) -> None:
        """Send what is ready, both ways."""
        self._above.flush()
        self._below.flush()

    # What the client says.

    def _client_event(self, event: Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self._open(event)
        elif isinstance(event, h2.events.WindowUpdated):
            self._below.pump(event.stream_id or 0)
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self._below.pump(0)
        elif isinstance(event, GoAway):
            self._above.go_away(event._replace(last_stream=0))
        else:
            self._of_stream(event, self._below, self._streams)

    def _open(self, event: h2.events.RequestReceived) -> None:
        lines = lines_of(event.headers)
        form = form_of(lines, self._calls)
        number = event.stream_id or 0
        stream = Stream(self, number, self.store.open(self._number, form.protocol), form)
        self._streams[number] = stream
        stream.from_client(Part(lines, end=event.stream_ended is not None))

    def _of_stream(self, event: Event, leg: Leg, streams: Mapping[int, Stream]) -> None:
        number = getattr(event, "stream_id", None) or 0
        stream = streams.get(number)
        if isinstance(event, h2.events.DataReceived):
            data, counted = event.data or b"", event.flow_controlled_length or 0
            leg.taken(number, counted - len(data) if stream else counted)  # padding goes no further
            part = Part(data=data, end=event.stream_ended is not None, counted=True)
        elif isinstance(event, h2.events.StreamReset):
            self._reset(stream, leg, int(event.error_code or 0))
            return
        elif isinstance(event, (h2.events.ResponseReceived, h2.events.InformationalResponseReceived)):
            part = Part(lines_of(event.headers), end=getattr(event, "stream_ended", None) is not None)
        elif isinstance(event, h2.events.TrailersReceived):
            part = Part(lines_of(event.headers), end=event.stream_ended is not None)
        else:
            return
        if stream is not None:
            (stream.from_client if leg is self._below else stream.from_upstream)(part)
            self._forget_done(stream)

    def _reset(self, stream: Stream | None, leg: Leg, code: int) -> None:
        if stream is None:
            return
        if leg is self._above:
            self._passed.pop(stream.upstream or 0, None)
            stream.upstream_reset(code)
            self._admit()
            return
        stream.cancel("client_closed")
        self._below.forget(stream.number)
        self._drop(stream, code)

    def _drop(self, stream: Stream, code: int) -> None:
        """End the stream on the upstream's side."""
        self._streams.pop(stream.number, None)
        if stream.upstream is not None and stream.upstream in self._passed:
            del self._passed[stream.upstream]
            self._above.reset(stream.upstream, code)
        for part in stream.waiting:
            if part.counted:
                self.held_from_client(stream, part)
        stream.waiting.clear()
        self._admit()

    # What the upstream says.

    def _upstream_event(self, event: Event) -> None:
        if isinstance(event, h2.events.WindowUpdated):
            self._above.pump(event.stream_id or 0)
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self._above.pump(0)
            self._admit()
        elif isinstance(event, GoAway):
            self._upstream_leaves(event)
        else:
            self._of_stream(event, self._above, self._passed)

    def _upstream_leaves(self, said: GoAway) -> None:
        taken = [one.number for number, one in self._passed.items() if number <= said.last_stream]
        open_end = said.last_stream >= max([*self._passed, 0]) and said.last_stream > self._above_last()
        self._below.go_away(said if open_end else said._replace(last_stream=max(taken, default=0)))
        if not open_end:
            self._last_taken = said.last_stream

    def _above_last(self) -> int:
        return max(0, self._above.http2.get_next_available_stream_id() - 2)

    # What streams ask for.

    def send_up(self, stream: Stream, part: Part) -> None:
        """Send a part of a request to the upstream, once that takes the stream."""
        if stream.upstream is None:
            stream.waiting.append(part)
            if stream not in self._waiting:
                self._waiting.append(stream)
            self._admit()
        else:
            self._pass_up(stream, part)

    def _pass_up(self, stream: Stream, part: Part) -> None:
        self._above.send(stream.upstream or 0, part, partial(self._below.taken, stream.number))

    def _admit(self) -> None:
        http2 = self._above.http2
        while self._waiting:
            if http2.open_outbound_streams >= http2.remote_settings.max_concurrent_streams:
                return
            stream = self._waiting.popleft()
            if not stream.waiting:
                continue
            if self._last_taken is not None:  # as if the client had heard it in time
                self.send_down(stream, Part(reset=REFUSED_STREAM))
                stream.cancel("refused")
                self._streams.pop(stream.number, None)
                continue
            stream.upstream = http2.get_next_available_stream_id()
            self._passed[stream.upstream] = stream
            parts, stream.waiting = stream.waiting, []
            for part in parts:
                self._pass_up(stream, part)

    def send_down(self, stream: Stream, part: Part) -> None:
        """Send a part of an answer to the client."""
        self._below.send(stream.number, part, partial(self._above.taken, stream.upstream or 0))

    def held_from_client(self, stream: Stream, part: Part) -> Part:
        """Let the client send more: a part is held, or goes nowhere."""
        self._below.taken(stream.number, len(part.data))
        return part._replace(counted=False)

    def held_from_upstream(self, stream: Stream, part: Part) -> Part:
        """Let the upstream send more: a part is held, or goes nowhere."""
        self._above.taken(stream.upstream or 0, len(part.data))
        return part._replace(counted=False)

    def duplicate(self, stream: Stream, rule: Rule) -> None:
        """Send copies of a whole request, each on a connection of its own."""
        self._copies(stream, rule)

    def _forget_done(self, stream: Stream) -> None:
        if stream.asked.ended and stream.record.ended_ns is not None:
            self._streams.pop(stream.number, None)
            self._passed.pop(stream.upstream or 0, None)
            self._admit()

    def finished(self, stream: Stream) -> None:
        """Take note that a stream's exchange has ended."""
        self._forget_done(stream)
        self.flush()

    # The ends of the connections.

    def _end_all(self, outcome: str) -> None:
        for stream in self._streams.values():
            stream.cancel(outcome)
        self._streams.clear()
        self._passed.clear()
        self._waiting.clear()

    def changed(self) -> None:
        """Close, as if nobody listened, when the upstream is refused."""
        if self.refused:
            if not self._streams:
                self.store.ended(self.store.open(self._number, "h2c"), "refused")
            self._end_all("refused")
            self.client.reset()

    def side_ended(self, side: Side) -> None:
        """Pass the end of a direction on; streams under way end with it."""
        self._end_all("client_closed" if side is self.client else "upstream_closed")
        side.peer.write_eof()
        if side.peer.ended:
            self.client.close()
            self.upstream.close()

    def side_lost(self, side: Side, error: Exception | None) -> None:
        """Pass the loss on; streams under way end with it."""
        self._end_all("client_closed" if side is self.client else "upstream_closed")
        self.end_other(side, error)
        if side is self.client:
            self.client_gone()
