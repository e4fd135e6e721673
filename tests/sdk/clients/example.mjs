// The client of SDK v2 before the example server: all that it has, in both eras.
//
// usage: node example.mjs PLACE modern|legacy

import { Client } from '@modelcontextprotocol/client';

import { giveUp, Inbox, reported, take } from './steps.mjs';
import { transportTo } from './transport.mjs';

const [place, era] = process.argv.slice(2);
const isModern = era === 'modern';
const capabilities = { sampling: {}, elicitation: { form: {} } };
const options = { capabilities, versionNegotiation: { mode: isModern ? 'auto' : 'legacy' } };
const client = new Client({ name: 'journey', version: '2.0.0' }, options);
const logs = new Inbox();
const updates = new Inbox();
const NOTE = 'example://notes/3';

client.setRequestHandler('sampling/createMessage', ({ params }) => ({
    model: 'none',
    role: 'assistant',
    content: { type: 'text', text: `You said: ${params.messages[0].content.text}` }
}));
client.setRequestHandler('elicitation/create', ({ params }) =>
    params.message === 'Who?' ? { action: 'accept', content: { name: 'Ada — é 😀' } } : { action: 'decline' }
);
client.setNotificationHandler('notifications/message', ({ params }) => logs.push(params));
client.setNotificationHandler('notifications/resources/updated', ({ params }) => updates.push(params.uri));

const call = (name, args = {}, more = {}) => client.callTool({ name, arguments: args }, more);
const complete = (ref, name, value) => client.complete({ ref, argument: { name, value } });
let subscription;

await take({
    connect: async () => {
        await client.connect(transportTo(place));
        return [client.getNegotiatedProtocolVersion(), client.getServerVersion(), client.getServerCapabilities()];
    },
    ping: () => (isModern ? 'sessions only' : client.ping()),
    'tools/list': () => client.listTools(),
    'tools/call echo': () => call('echo', { text: 'Grüße, 世界 "\\' }),
    'tools/call add': () => call('add', { a: 40, b: 2 }),
    'tools/call big': async () => (await call('big', { bytes: 300_000 })).content[0].text.length,
    'tools/call fail': () => call('fail'),
    'tools/call image': () => call('image'),
    'tools/call unknown': () => call('no_such_tool'),
    progress: async () => {
        const seen = [];
        const answer = await call('slow', { steps: 3, step_ms: 5 }, { onprogress: each => seen.push(each) });
        return { seen: reported(seen), answer };
    },
    logs: async () => {
        if (!isModern) await client.setLoggingLevel('alert');
        const _meta = { 'io.modelcontextprotocol/logLevel': 'alert' };
        const answer = await client.callTool({ name: 'log', arguments: {}, ...(isModern && { _meta }) });
        return [answer, await logs.next(({ level }) => level === 'alert'), await logs.next()];
    },
    'a form': () => call('ask', { question: 'Who?' }),
    'a form that is declined': () => call('ask', { question: 'Your password?' }),
    sampling: () => call('sample', { prompt: 'The capital of France?' }),
    'prompts/list': () => client.listPrompts(),
    'prompts/get': () => client.getPrompt({ name: 'explain', arguments: { topic: 'ä"', style: 'plain' } }),
    'prompts/get with bad arguments': () => client.getPrompt({ name: 'explain' }),
    // The client follows the cursor to the second page.
    'resources/list': () => client.listResources(),
    'resources/templates/list': () => client.listResourceTemplates(),
    'resources/read a text': () => client.readResource({ uri: 'example://notes/50' }),
    'resources/read a blob': () => client.readResource({ uri: 'example://picture' }),
    'resources/read unknown': () => client.readResource({ uri: 'example://nowhere' }),
    "completion of a prompt's argument": () => complete({ type: 'ref/prompt', name: 'explain' }, 'style', 'p'),
    "completion of a template's variable": () =>
        complete({ type: 'ref/resource', uri: 'example://notes/{id}' }, 'id', '4'),
    subscribe: async () => {
        if (!isModern) return client.subscribeResource({ uri: NOTE });
        subscription = await client.listen({ resourceSubscriptions: [NOTE] });
        return subscription.honoredFilter;
    },
    'a touch': async () => [await call('touch', { uri: NOTE }), await updates.next()],
    unsubscribe: async () => {
        if (!isModern) return client.unsubscribeResource({ uri: NOTE });
        await subscription.close();
        return subscription.closed;
    },
    cancellation: () =>
        giveUp((params, more) => client.callTool(params, more), {
            name: 'slow',
            arguments: { steps: 100, step_ms: 50 }
        }),
    'a call after it': () => call('echo', { text: 'still here' }),
    close: () => client.close()
});
process.exit(0);
