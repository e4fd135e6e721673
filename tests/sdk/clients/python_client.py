"""The client of the Python SDK: a session before server-everything, or the stateless era before a server of SDK v2; and
either before the example server.

usage: python_client.py PLACE everything|fixture|example-legacy|example-modern

PLACE is a URL, or `stdio:` and the words of a command.
Prints one line of JSON for every step, as the other clients do (steps.mjs).
"""

import asyncio
import json
import sys
import warnings

import mcp_types as types
from mcp import Client, MCPError, StdioServerParameters

STEP_SECONDS = 20
PLACE, SERVER = sys.argv[1:]
COMMAND = PLACE.removeprefix("stdio:").split(" ")
asked, logs, changed = [], asyncio.Queue(), asyncio.Queue()
warnings.simplefilter("ignore")  # What the newest revision deprecates is asked for all the same.


def plain(value):
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


async def take(steps):
    for step, run in steps.items():
        line = {"step": step}
        try:
            line["value"] = plain(await asyncio.wait_for(run(), STEP_SECONDS))
        except MCPError as error:
            line["error"] = plain(error.error)
        except Exception as error:  # Whatever it is, the other steps are taken.
            line["error"] = repr(error)
        print(json.dumps(line), flush=True)


async def sample(context, params):
    asked.append(plain(params))
    content = types.TextContent(type="text", text="Paris — é 😀")
    return types.CreateMessageResult(model="none", role="assistant", content=content)


async def elicit(context, params):
    asked.append(plain(params))
    known = {"name": "Ada", "integer": 7, "username": "ada", "email": "ada@example.com", "color": "blue"}
    content = {name: known[name] for name in params.requested_schema["properties"] if name in known}
    return types.ElicitResult(action="accept", content=content)


async def list_roots(context):
    return types.ListRootsResult(roots=[types.Root(uri="file:///one", name="One")])


async def note_log(params):
    await logs.put(plain(params))


async def note_message(message):
    if getattr(message, "method", "") == "notifications/resources/updated":
        await changed.put(plain(message.params))


async def next_log(start):
    while not str((found := await logs.get())["data"]).startswith(start):
        pass
    return found


async def progress_of(client, name, arguments):
    seen = []

    async def note(progress, total, message):
        seen.append([progress, total, message])

    return [await client.call_tool(name, arguments, progress_callback=note), seen]


async def asking(client, name, arguments=None):
    asked.clear()
    return [await client.call_tool(name, arguments or {}), list(asked)]


async def give_up(client, name, arguments):
    begun = asyncio.Event()

    async def note(progress, total, message):
        begun.set()

    call = asyncio.create_task(client.call_tool(name, arguments, progress_callback=note))
    await begun.wait()
    call.cancel()
    await asyncio.wait([call])
    return "cancelled" if call.cancelled() else repr(call)


async def many(client, name, arguments):
    answers = await asyncio.gather(*(client.call_tool(name, each) for each in arguments))
    return [answer.content[0].text for answer in answers]


def everything(client):
    uri = "demo://resource/dynamic/text/1"

    async def subscribe():
        await client.subscribe_resource(uri)
        found = await next_log("Received Subscribe")
        await client.call_tool("toggle-subscriber-updates")
        return [found, await changed.get()]

    async def unsubscribe():
        await client.call_tool("toggle-subscriber-updates")
        await client.unsubscribe_resource(uri)
        return await next_log("Received Unsubscribe")

    long = "trigger-long-running-operation"
    reference = types.PromptReference(type="ref/prompt", name="completable-prompt")
    return {
        "roots, asked by the server": lambda: next_log("Roots updated"),
        "ping": lambda: client.send_ping(),
        "tools/call echo": lambda: client.call_tool("echo", {"message": 'Grüße, 世界 \0 😀 "\\'}),
        "tools/call get-sum": lambda: client.call_tool("get-sum", {"a": 0.1, "b": 1e21}),
        "tools/call structured content": lambda: client.call_tool("get-structured-content", {"location": "Chicago"}),
        "tools/call unknown": lambda: client.call_tool("no-such-tool"),
        "many calls at once": lambda: many(client, "get-sum", [{"a": a, "b": 1} for a in range(20)]),
        "prompts/get": lambda: client.get_prompt("args-prompt", {"city": "Łódź"}),
        "completion": lambda: client.complete(reference, {"name": "department", "value": "S"}),
        "resources/read": lambda: client.read_resource("demo://resource/static/document/features.md"),
        "logging/setLevel": lambda: client.set_logging_level("debug"),
        "resources/subscribe, and a change": subscribe,
        "resources/unsubscribe": unsubscribe,
        "progress": lambda: progress_of(client, long, {"duration": 0.5, "steps": 5}),
        "sampling in mid-call": lambda: asking(client, "trigger-sampling-request", {"prompt": "?", "maxTokens": 5}),
        "a form in mid-call": lambda: asking(client, "trigger-elicitation-request"),
        "roots in a tool": lambda: client.call_tool("get-roots-list"),
        "cancellation": lambda: give_up(client, long, {"duration": 2, "steps": 20}),
        "a call after it": lambda: client.call_tool("get-sum", {"a": 1, "b": 2}),
    }


def fixture(client):
    async def listen():
        async with client.listen(tools_list_changed=True) as subscription:
            await client.call_tool("test_trigger_tool_change")
            return repr(await anext(aiter(subscription)))

    async def log():
        answer = await client.call_tool("test_logging_tool")
        return [answer, await logs.get()]

    return {
        "tools/call text": lambda: client.call_tool("test_simple_text"),
        "tools/call several kinds": lambda: client.call_tool("test_multiple_content_types"),
        "tools/call an error inside": lambda: client.call_tool("test_error_handling"),
        "tools/call unknown": lambda: client.call_tool("no_such_tool"),
        "tools/call with a mirrored header": lambda: client.call_tool("test_x_mcp_header", {"region": "Łódź"}),
        "prompts/get": lambda: client.get_prompt("test_prompt_with_arguments", {"arg1": "ä", "arg2": '"'}),
        "resources/read": lambda: client.read_resource("test://static-binary"),
        "progress": lambda: progress_of(client, "test_tool_with_progress", {}),
        "logs": log,
        "a form": lambda: asking(client, "test_elicitation", {"message": "Who are you?"}),
        "sampling": lambda: asking(client, "test_sampling", {"prompt": "The capital of France?"}),
        "roots": lambda: asking(client, "test_input_required_result_list_roots"),
        "three questions at once": lambda: asking(client, "test_input_required_result_multiple_inputs"),
        "two rounds": lambda: asking(client, "test_input_required_result_multi_round"),
        "subscriptions/listen": listen,
        "cancellation": lambda: give_up(client, "test_tool_with_progress", {}),
        "a call after it": lambda: client.call_tool("test_simple_text"),
    }


def example(client):
    return {
        "tools/call echo": lambda: client.call_tool("echo", {"text": 'Grüße, 世界 \0 😀 "\\'}),
        "tools/call add": lambda: client.call_tool("add", {"a": 40, "b": 2}),
        "tools/call unknown": lambda: client.call_tool("no_such_tool"),
        "many calls at once": lambda: many(client, "add", [{"a": a, "b": 1} for a in range(20)]),
        "resources/read": lambda: client.read_resource("example://notes/50"),
        "progress": lambda: progress_of(client, "slow", {"steps": 3, "step_ms": 5}),
        "a form": lambda: asking(client, "ask", {"question": "Who?"}),
        "sampling": lambda: asking(client, "sample", {"prompt": "The capital of France?"}),
        "cancellation": lambda: give_up(client, "slow", {"steps": 100, "step_ms": 50}),
        "a call after it": lambda: client.call_tool("echo", {"text": "still here"}),
    }


async def main():
    client = Client(
        StdioServerParameters(command=COMMAND[0], args=COMMAND[1:]) if PLACE.startswith("stdio:") else PLACE,
        mode="legacy" if SERVER in ("everything", "example-legacy") else "auto",
        sampling_callback=sample,
        elicitation_callback=elicit,
        list_roots_callback=list_roots,
        logging_callback=note_log,
        message_handler=note_message,
        log_level="debug",
    )
    async with client:

        async def connected():
            return [client.protocol_version, plain(client.server_info), plain(client.server_capabilities)]

        begin = {
            "connect": connected,
            "tools/list": lambda: client.list_tools(),
            "prompts/list": lambda: client.list_prompts(),
            "resources/list": lambda: client.list_resources(),
        }
        steps = {"everything": everything, "fixture": fixture}.get(SERVER, example)
        await take(begin | steps(client))


asyncio.run(main())
