import threading
from sessions import *
for k in list(globals()):
    if k.startswith('test_'): del globals()[k]
def test_dbg():
    def serve(exchange):
        if exchange.rpc != "tools/call":
            return NotImplemented
        exchange.begin_events()
        exchange.chunk(b"id: p1\nretry: 500\ndata:\n\n")
        exchange.event(result(exchange.id), id="p2")
        return exchange.end_events()
    with Upstream(Legacy(serve)) as upstream, Gateway(upstream.url) as gateway:
        c = Client(gateway, "2025-06-18")
        print(c.answer, c.answer.body)
        with c.begin() as call:
            print(call.answer().body)
def test_dbg2():
    told = threading.Event()
    def get(exchange):
        exchange.begin_events()
        exchange.event(note(1))
        told.wait(10)
        exchange.event(note(2))
        print("closed", exchange.wait_closed())
    with Upstream(Legacy(get=get)) as upstream, Gateway(upstream.url) as gateway:
        client = Client(gateway)
        first = client.get()
        print(first.head(), event_of(first))
        second = client.get()
        print("2", second.head())
        print(event_of(first))
        told.set()
        print(message_of(second))
        print(client.delete())
        print(event_of(second))
