// The client of SDK v1 before the example server: a session.
//
// usage: node example_v1.mjs PLACE (a URL, or `stdio:` and the words of a command)

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';

import { giveUp, Inbox, reported, take } from './steps.mjs';

const place = process.argv[2];
const [command, ...args] = place.replace(/^stdio:/, '').split(' ');
const isHttp = !place.startsWith('stdio:');
const transport = isHttp ? new StreamableHTTPClientTransport(new URL(place)) : new StdioClientTransport({ command, args });
const capabilities = { sampling: {}, elicitation: { form: {} } };
const client = new Client({ name: 'journey', version: '1.0.0' }, { capabilities });
const updates = new Inbox();
const NOTE = 'example://notes/3';

client.setRequestHandler(types.CreateMessageRequestSchema, ({ params }) => ({
    model: 'none',
    role: 'assistant',
    content: { type: 'text', text: `You said: ${params.messages[0].content.text}` }
}));
client.setRequestHandler(types.ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada — é 😀' } }));
client.setNotificationHandler(types.ResourceUpdatedNotificationSchema, ({ params }) => updates.push(params.uri));

const call = (name, args = {}, options = {}) => client.callTool({ name, arguments: args }, undefined, options);

await take({
    connect: async () => {
        await client.connect(transport);
        return [client.getServerVersion(), client.getServerCapabilities()];
    },
    ping: () => client.ping(),
    'tools/list': () => client.listTools(),
    'tools/call echo': () => call('echo', { text: 'Grüße, 世界 \u0000 "\\' }),
    'tools/call big': async () => (await call('big', { bytes: 300_000 })).content[0].text.length,
    'tools/call unknown': () => call('no_such_tool'),
    'many calls at once': () =>
        Promise.all(Array.from({ length: 40 }, (_, a) => call('add', { a, b: 1 }))).then(all =>
            all.map(({ structuredContent }) => structuredContent.sum)
        ),
    progress: async () => {
        const seen = [];
        const answer = await call('slow', { steps: 3, step_ms: 5 }, { onprogress: each => seen.push(each) });
        return { seen: reported(seen), answer };
    },
    'a form': () => call('ask', { question: 'Who?' }),
    sampling: () => call('sample', { prompt: 'The capital of France?' }),
    'a resource changes': async () => {
        await client.subscribeResource({ uri: NOTE });
        return [await call('touch', { uri: NOTE }), await updates.next()];
    },
    cancellation: () =>
        giveUp((params, options) => client.callTool(params, undefined, options), {
            name: 'slow',
            arguments: { steps: 100, step_ms: 50 }
        }),
    'a call after it': () => call('echo', { text: 'still here' }),
    close: () => client.close()
});
process.exit(0);
