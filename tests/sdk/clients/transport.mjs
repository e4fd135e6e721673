// Where a client of SDK v2 goes: a URL, or `stdio:` and the words of a command.

import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export function transportTo(place) {
    if (!place.startsWith('stdio:')) return new StreamableHTTPClientTransport(new URL(place));
    const [command, ...args] = place.slice('stdio:'.length).split(' ');
    return new StdioClientTransport({ command, args });
}
