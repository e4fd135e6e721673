// The client of SDK v2 before a server of SDK v2 (tests/conformance/fixture): the same steps in both eras.
//
// usage: node typescript_v2.mjs PLACE modern|legacy

import { Client } from '@modelcontextprotocol/client';

import { giveUp, Inbox, reported, take } from './steps.mjs';
import { transportTo } from './transport.mjs';

const [place, era] = process.argv.slice(2);
const isModern = era === 'modern';
const capabilities = { sampling: {}, elicitation: { form: { applyDefaults: true } }, roots: { listChanged: true } };
const options = { capabilities, versionNegotiation: { mode: isModern ? 'auto' : 'legacy' } };
const client = new Client({ name: 'journey', version: '2.0.0' }, options);
const transport = transportTo(place);
const asked = [];
const logs = new Inbox();
const changes = new Inbox();

client.setRequestHandler('sampling/createMessage', ({ params }) => {
    asked.push(params);
    return { model: 'none', role: 'assistant', content: { type: 'text', text: 'Paris — é 😀' } };
});
client.setRequestHandler('elicitation/create', ({ params }) => {
    asked.push(params);
    const known = { name: 'Ada', context: 'a test', color: 'blue', username: 'ada', email: 'ada@example.com', ok: true };
    const wanted = Object.keys(params.requestedSchema.properties).filter(name => name in known);
    return { action: 'accept', content: Object.fromEntries(wanted.map(name => [name, known[name]])) };
});
client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///one', name: 'One' }] }));
client.setNotificationHandler('notifications/message', ({ params }) => logs.push(params));
for (const kind of ['tools', 'prompts'])
    client.setNotificationHandler(`notifications/${kind}/list_changed`, () => changes.push(kind));

const call = (name, args = {}, more = {}) => client.callTool({ name, arguments: args }, more);
const asking = async (name, args) => {
    asked.length = 0;
    return [await call(name, args), [...asked]];
};
const LOG_LEVEL = { 'io.modelcontextprotocol/logLevel': 'debug' };
let subscription;

await take({
    connect: async () => {
        await client.connect(transport);
        return {
            version: client.getNegotiatedProtocolVersion(),
            server: client.getServerVersion(),
            capabilities: client.getServerCapabilities(),
            discovered: client.getDiscoverResult() ?? null
        };
    },
    'tools/list': () => client.listTools(),
    'tools/call text': () => call('test_simple_text'),
    'tools/call image': () => call('test_image_content'),
    'tools/call audio': () => call('test_audio_content'),
    'tools/call several kinds': () => call('test_multiple_content_types'),
    'tools/call an error inside': () => call('test_error_handling'),
    'tools/call unknown': () => call('no_such_tool'),
    'tools/call with a mirrored header': () => call('test_x_mcp_header', { region: 'Łódź, "eu" \t1', level: 3 }),
    'many calls at once': () =>
        Promise.all(Array.from({ length: 40 }, (_, n) => call('test_x_mcp_header', { region: `r${n}` }))).then(all =>
            all.map(({ content }) => content[0].text)
        ),
    progress: async () => {
        const seen = [];
        const answer = await call('test_tool_with_progress', {}, { onprogress: progress => seen.push(progress) });
        return { seen: reported(seen), answer };
    },
    logs: async () => {
        if (!isModern) await client.setLoggingLevel('debug');
        const answer = await client.callTool({
            name: 'test_logging_tool',
            arguments: {},
            ...(isModern && { _meta: LOG_LEVEL })
        });
        return [answer, await logs.next()];
    },
    'a form': () => asking('test_elicitation', { message: 'Who are you?' }),
    'a form with defaults': () => asking('test_elicitation_sep1034_defaults'),
    'a form with choices': () => asking('test_elicitation_sep1330_enums'),
    sampling: () => asking('test_sampling', { prompt: 'The capital of France?' }),
    roots: () => asking('test_input_required_result_list_roots'),
    'three questions at once': () => asking('test_input_required_result_multiple_inputs'),
    'two rounds': () => asking('test_input_required_result_multi_round'),
    'a state that goes there and back': () => asking('test_input_required_result_request_state'),
    'a question of a prompt': async () => {
        asked.length = 0;
        return [await client.getPrompt({ name: 'test_input_required_result_prompt' }), [...asked]];
    },
    'the stream breaks off in mid-call': () => (isModern ? 'sessions only' : call('test_reconnection')),
    'prompts/list': () => client.listPrompts(),
    'prompts/get': () =>
        client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'ä', arg2: '"' } }),
    'resources/list': () => client.listResources(),
    'resources/templates/list': () => client.listResourceTemplates(),
    'resources/read': () => client.readResource({ uri: 'test://static-binary' }),
    'resources/read from a template': () => client.readResource({ uri: 'test://template/%C5%81/data' }),
    'resources/read unknown': () => client.readResource({ uri: 'test://nowhere' }),
    completion: () =>
        client.complete({
            ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
            argument: { name: 'arg1', value: 'b' }
        }),
    'subscriptions/listen': async () => {
        if (!isModern) return client.subscribeResource({ uri: 'test://watched-resource' });
        subscription = await client.listen({
            toolsListChanged: true,
            promptsListChanged: true,
            resourceSubscriptions: ['test://watched-resource']
        });
        return subscription.honoredFilter;
    },
    'what is listened to changes': async () => {
        if (!isModern) return 'stateless only';
        await call('test_trigger_tool_change');
        const first = await changes.next(kind => kind === 'tools');
        await call('test_trigger_prompt_change');
        return [first, await changes.next(kind => kind === 'prompts')];
    },
    'listening ends': async () => {
        if (!isModern) return client.unsubscribeResource({ uri: 'test://watched-resource' });
        await subscription.close();
        return subscription.closed;
    },
    cancellation: () =>
        giveUp((params, more) => client.callTool(params, more), { name: 'test_tool_with_progress', arguments: {} }),
    'a call after it': () => call('test_simple_text'),
    close: () => client.close()
});
process.exit(0);
