// What the clients have in common: each prints one line of JSON for every step that it took, and the steps of a client
// that talks to a server must equal those of the same client through the gateway.

const STEP_SECONDS = 20;

// Runs the steps, in their order; a step gives a value, or throws, which is a value too.
export async function take(steps) {
    for (const [step, run] of Object.entries(steps)) {
        const line = { step };
        try {
            line.value = (await within(STEP_SECONDS, run())) ?? null;
        } catch (error) {
            line.error = { name: error.name, code: error.code, message: error.message, data: error.data };
        }
        console.log(JSON.stringify(line));
    }
}

async function within(seconds, promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`nothing for ${seconds} s`)), seconds * 1000);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

// What has arrived so far of one kind, and a wait for more.
export class Inbox {
    #items = [];
    #wake = () => {};

    push(item) {
        this.#items.push(item);
        this.#wake();
    }

    // The first item that fits, and those before it, are taken out.
    async next(fits = () => true) {
        for (;;) {
            const at = this.#items.findIndex(fits);
            if (at >= 0) return this.#items.splice(0, at + 1).at(-1);
            await new Promise(resolve => (this.#wake = resolve));
        }
    }
}

// On stdio these clients drop a progress that they read together with the answer behind it; the first two never are.
export const reported = seen => (process.env.ON_STDIO ? seen.slice(0, 2) : seen);

// A call that is given up when its first progress arrives.
export async function giveUp(callTool, params, options = {}) {
    const abort = new AbortController();
    const seen = [];
    const onprogress = ({ progress }) => {
        seen.push(progress);
        abort.abort('no longer wanted');
    };
    const outcome = await callTool(params, { ...options, signal: abort.signal, onprogress }).then(
        () => 'answered',
        error => `${error.name}: ${error.message}`
    );
    return { seen, outcome };
}
