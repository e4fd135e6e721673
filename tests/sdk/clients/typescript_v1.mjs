// The client of SDK v1 before server-everything: a session, with all that both sides may ask of each other.
//
// usage: node typescript_v1.mjs PLACE (a URL, or `stdio:` and the words of a command)

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';

import { giveUp, Inbox, reported, take } from './steps.mjs';

const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };
const client = new Client({ name: 'journey', version: '1.0.0' }, { capabilities });
const place = process.argv[2];
const [command, ...args] = place.replace(/^stdio:/, '').split(' ');
const isHttp = !place.startsWith('stdio:');
const transport = isHttp ? new StreamableHTTPClientTransport(new URL(place)) : new StdioClientTransport({ command, args });
const asked = [];
const logs = new Inbox();
const updates = new Inbox();
let roots = [{ uri: 'file:///one', name: 'One' }];

client.setRequestHandler(types.CreateMessageRequestSchema, ({ params }) => {
    asked.push(params);
    return { model: 'none', role: 'assistant', stopReason: 'endTurn', content: { type: 'text', text: 'Paris — é 😀' } };
});
client.setRequestHandler(types.ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    if (params.mode === 'url') return { action: 'decline' };
    return { action: 'accept', content: { name: 'Ada', integer: 7, number: 1.5, check: true } };
});
client.setRequestHandler(types.ListRootsRequestSchema, () => ({ roots }));
client.setNotificationHandler(types.LoggingMessageNotificationSchema, ({ params }) => logs.push(params));
client.setNotificationHandler(types.ResourceUpdatedNotificationSchema, ({ params }) => updates.push(params));

const call = (name, args = {}, options = {}) => client.callTool({ name, arguments: args }, undefined, options);
const saysRoots = ({ data }) => String(data).startsWith('Roots updated');
const RESOURCE = 'demo://resource/dynamic/text/1';

await take({
    connect: async () => {
        await client.connect(transport);
        return {
            version: transport.protocolVersion,
            server: client.getServerVersion(),
            capabilities: client.getServerCapabilities(),
            instructions: client.getInstructions(),
            hasSession: transport.sessionId !== undefined
        };
    },
    'roots, asked by the server': () => logs.next(saysRoots),
    ping: () => client.ping(),
    'tools/list': () => client.listTools(),
    'tools/call echo': () => call('echo', { message: 'Grüße, 世界 \u0000 \ud83d\ude00 "\\' }),
    'tools/call get-sum': () => call('get-sum', { a: 0.1, b: 1e21 }),
    'tools/call structured content': () => call('get-structured-content', { location: 'Chicago' }),
    'tools/call image': () => call('get-tiny-image'),
    'tools/call annotations': () => call('get-annotated-message', { messageType: 'error', includeImage: true }),
    'tools/call links': () => call('get-resource-links', { count: 4 }),
    'tools/call bad arguments': () => call('get-sum', { a: 'one' }),
    'tools/call unknown': () => call('no-such-tool'),
    'many calls at once': () =>
        Promise.all(Array.from({ length: 40 }, (_, a) => call('get-sum', { a, b: 1 }))).then(all =>
            all.map(({ content }) => content[0].text)
        ),
    'a large answer': async () => (await call('echo', { message: 'x'.repeat(300_000) })).content[0].text.length,
    'prompts/list': () => client.listPrompts(),
    'prompts/get': () => client.getPrompt({ name: 'simple-prompt' }),
    'prompts/get with arguments': () => client.getPrompt({ name: 'args-prompt', arguments: { city: 'Łódź' } }),
    'prompts/get with a resource': () =>
        client.getPrompt({ name: 'resource-prompt', arguments: { resourceType: 'Text', resourceId: '3' } }),
    'completion of a prompt': () =>
        client.complete({
            ref: { type: 'ref/prompt', name: 'completable-prompt' },
            argument: { name: 'department', value: 'S' }
        }),
    'completion with context': () =>
        client.complete({
            ref: { type: 'ref/prompt', name: 'completable-prompt' },
            argument: { name: 'name', value: '' },
            context: { arguments: { department: 'Sales' } }
        }),
    'resources/list': () => client.listResources(),
    'resources/templates/list': () => client.listResourceTemplates(),
    'resources/read every one': async () => {
        const { resources } = await client.listResources();
        return Promise.all(resources.map(({ uri }) => client.readResource({ uri })));
    },
    'resources/read from a template': () => client.readResource({ uri: 'demo://resource/dynamic/text/2' }),
    'logging/setLevel': () => client.setLoggingLevel('debug'),
    'resources/subscribe, and a log': async () => {
        await client.subscribeResource({ uri: RESOURCE });
        return logs.next(({ data }) => String(data).startsWith('Received Subscribe'));
    },
    'a resource changes': async () => {
        await call('toggle-subscriber-updates');
        return updates.next();
    },
    'resources/unsubscribe': async () => {
        await call('toggle-subscriber-updates');
        await client.unsubscribeResource({ uri: RESOURCE });
        return logs.next(({ data }) => String(data).startsWith('Received Unsubscribe'));
    },
    progress: async () => {
        const seen = [];
        const onprogress = progress => seen.push(progress);
        const answer = await call('trigger-long-running-operation', { duration: 0.5, steps: 5 }, { onprogress });
        return { seen: reported(seen), answer };
    },
    'sampling in mid-call': async () => [
        await call('trigger-sampling-request', { prompt: 'The capital of France?', maxTokens: 5 }),
        asked.pop()
    ],
    'a form in mid-call': async () => [await call('trigger-elicitation-request'), asked.pop()],
    'a URL in mid-call': async () => [
        await call('trigger-url-elicitation', { url: 'https://example.com/a?b=c', elicitationId: 'e-1' }),
        asked.pop()
    ],
    'roots in a tool': () => call('get-roots-list'),
    'roots change': async () => {
        roots = [...roots, { uri: 'file:///two', name: 'Two' }];
        await client.sendRootsListChanged();
        const { data } = await logs.next(saysRoots);
        return [data, await call('get-roots-list')];
    },
    // Last, because this client asks for the stream again a second after an error, and server-everything then
    // repeats the events of all streams.
    'unknown method': () => client.request({ method: 'no/such' }, types.EmptyResultSchema),
    'prompts/get unknown': () => client.getPrompt({ name: 'no-such-prompt' }),
    'resources/read unknown': () => client.readResource({ uri: 'demo://nowhere' }),
    'a URL as an error': () =>
        call('trigger-url-elicitation', { url: 'https://example.com/', elicitationId: 'e-2', errorPath: true }),
    cancellation: () =>
        giveUp((params, options) => client.callTool(params, undefined, options), {
            name: 'trigger-long-running-operation',
            arguments: { duration: 2, steps: 20 }
        }),
    'a call after it': () => call('get-sum', { a: 1, b: 2 }),
    'the session ends': async () => {
        if (isHttp) await transport.terminateSession();
        return transport.sessionId ?? 'no session';
    },
    close: () => client.close()
});
process.exit(0);
