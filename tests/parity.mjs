// Plays an environment's sim.wasm in Node and prints what came of it as JSON, for
// tests/wasm.py, which hands in the job as JSON:
//
//   wasm             path of the module
//   buffers          [name, bytes] of each member of Buffers, in order; 0 bytes for a null pointer
//   copies, rows     games, and rows of all of them
//   heads            choices of each head; continuous: whether actions are numbers in [-1, 1]
//   params, seed     of the games, which start anew, or as the file `state` holds them
//   ticks            how many to play
//   actions, words   a file with the actions of all ticks, or with a random word for each of them
//
// Word w stands for choice w * n / 2^32 of the n that are allowed, or for one of the 33 numbers
// from -1 to 1 in steps of 1/16.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const job = JSON.parse(readFileSync(0, 'utf8'));
const wasm = await WebAssembly.instantiate(readFileSync(job.wasm), {});
const api = wasm.instance.exports;

// Memory: from __heap_base upwards, each array at a multiple of 16 bytes.
let top = api.__heap_base.value;
const reserve = (bytes) => {
    const at = Math.ceil(top / 16) * 16;
    top = at + bytes;
    return at;
};
const copyBytes = api.env_copy_size();
const stateAt = reserve(copyBytes * job.copies);
const paramsAt = reserve(4 * job.params.length + 4);
const buffersAt = reserve(4 * job.buffers.length);
const places = job.buffers.map(([name, bytes]) => ({ name, bytes, at: bytes && reserve(bytes) }));
const missing = top - api.memory.buffer.byteLength;
if (missing > 0) api.memory.grow(Math.ceil(missing / 65536));
const memory = api.memory.buffer;
new Uint32Array(memory, buffersAt, places.length).set(places.map((place) => place.at));
new Float32Array(memory, paramsAt, job.params.length).set(job.params);
const bytes = Object.fromEntries(
    places.map(({ name, bytes, at }) => [name, new Uint8Array(memory, at, bytes)]),
);
const state = new Uint8Array(memory, stateAt, copyBytes * job.copies);
const rewards = new Float32Array(memory, bytes.rewards.byteOffset, job.rows);
const Numbers = job.continuous ? Float32Array : Int32Array;
const actions = new Numbers(memory, bytes.actions.byteOffset, job.rows * job.heads.length);

const words = job.words && new Uint32Array(new Uint8Array(readFileSync(job.words)).buffer);
const written = job.actions && new Uint8Array(readFileSync(job.actions));
const choices = job.heads.reduce((sum, n) => sum + n, 0);

// The place of the k-th 1 in a row of the mask, k taken by the word among all of them.
function allowedChoice(mask, from, n, word) {
    let count = 0;
    for (let i = 0; i < n; i++) count += mask[from + i];
    let left = Math.floor((word * count) / 2 ** 32);
    for (let i = 0; i < n; i++) {
        if (mask[from + i] && left-- === 0) return i;
    }
    return 0;
}

function act(tick) {
    if (written) {
        bytes.actions.set(written.subarray(tick * bytes.actions.length).subarray(0, bytes.actions.length));
        return;
    }
    for (let row = 0, i = 0; row < job.rows; row++) {
        for (let h = 0, from = row * choices; h < job.heads.length; from += job.heads[h++], i++) {
            const word = words[tick * actions.length + i], n = job.heads[h];
            if (job.continuous) actions[i] = (Math.floor((word * 33) / 2 ** 32) - 16) / 16;
            else if (bytes.mask.length) actions[i] = allowedChoice(bytes.mask, from, n, word);
            else actions[i] = Math.floor((word * n) / 2 ** 32);
        }
    }
}

if (job.state) {
    state.set(readFileSync(job.state));
    api.env_show(stateAt, job.copies, buffersAt);
} else {
    api.env_reset(stateAt, job.copies, job.seed, 0, paramsAt, buffersAt);
}
const hash = () => BigInt.asUintN(64, api.env_hash(stateAt, job.copies)).toString(16).padStart(16, '0');
const names = ['state', 'obs', 'rewards', 'flags'];
const digests = Object.fromEntries(names.map((name) => [name, createHash('sha256')]));
const trace = [{ state: hash() }];
digests.obs.update(bytes.obs);
for (let tick = 0; tick < job.ticks; tick++) {
    act(tick);
    api.env_step(stateAt, job.copies, buffersAt);
    digests.state.update(state);
    digests.obs.update(bytes.obs);
    digests.rewards.update(bytes.rewards);
    for (const name of ['terminated', 'truncated', 'active', 'over']) digests.flags.update(bytes[name]);
    if (!written) continue;
    const flags = Array.from(bytes.terminated, (t, row) => (t ? 'T' : bytes.truncated[row] ? 't' : '.'));
    trace.push({ state: hash(), rewards: Array.from(rewards), flags: flags.join('') });
}
const answer = {
    copyBytes,
    imports: WebAssembly.Module.imports(wasm.module).length,
    ...Object.fromEntries(names.map((name) => [name, digests[name].digest('hex')])),
    metrics: createHash('sha256').update(bytes.metrics).digest('hex'),
    end: hash(),
    trace,
};
process.stdout.write(JSON.stringify(answer));
