// Actions as bytes: in bits or in runs; numbers as they are. envs_c/packing.py does the same.
//
// All go head by head, in a head seat by seat, of a seat tick by tick: what follows each other is
// alike.

/**
 * @typedef {Int32Array | Float32Array} Actions ticks × seats × heads
 * @typedef {{ticks: number, seats: number, heads: number[]}} Shape heads: the choices of each, 0 for numbers
 */

const MOST_BYTES = 6; // of a run's number, seven bits each

/** Every way to pack actions, by name.
 * @param {Actions} actions @param {Shape} shape
 * @returns {Record<string, Uint8Array>}
 */
export function pack(actions, shape) {
  const ordered = turned(actions, shape);
  if (!shape.heads.some(Boolean)) return { floats: floatsToBytes(ordered) };
  return { bits: toBits(ordered, shape), runs: toRuns(ordered, Math.max(...shape.heads)) };
}

/** The actions that `pack` made these bytes of; it throws a RangeError at any others.
 * @param {Uint8Array} data @param {string} packing @param {Shape} shape
 * @returns {Actions}
 */
export function unpack(data, packing, shape) {
  const { ticks, seats, heads } = shape;
  const count = ticks * seats * heads.length;
  const known = heads.some(Boolean) ? ["bits", "runs"] : ["floats"];
  if (!known.includes(packing)) {
    throw new RangeError(`want packing ${known.join(" or ")}, got ${String(packing).slice(0, 20)}`);
  }
  if (packing === "floats") return turnedBack(bytesToFloats(data, count), shape);
  const n = Math.max(...heads);
  const ordered = packing === "runs" ? fromRuns(data, count, n) : fromBits(data, shape);
  for (let i = 0; i < count; i++) {
    const choices = heads[Math.floor(i / (ticks * seats))];
    if (ordered[i] >= choices) {
      throw new RangeError(`want choices 0 to ${choices - 1}, got ${ordered[i]}`);
    }
  }
  return turnedBack(ordered, shape);
}

/** @param {Actions} actions @param {Shape} shape */
function turned(actions, { ticks, seats, heads }) {
  const ordered = actions.slice();
  for (let h = 0, i = 0; h < heads.length; h++) {
    for (let seat = 0; seat < seats; seat++) {
      for (let t = 0; t < ticks; t++) ordered[i++] = actions[(t * seats + seat) * heads.length + h];
    }
  }
  return ordered;
}

/** @param {Actions} ordered @param {Shape} shape */
function turnedBack(ordered, { ticks, seats, heads }) {
  const actions = ordered.slice();
  for (let h = 0, i = 0; h < heads.length; h++) {
    for (let seat = 0; seat < seats; seat++) {
      for (let t = 0; t < ticks; t++) actions[(t * seats + seat) * heads.length + h] = ordered[i++];
    }
  }
  return actions;
}

/** @param {Uint8Array} data @param {number} size */
function wantSize(data, size) {
  if (data.length !== size) throw new RangeError(`want ${size} bytes, got ${data.length}`);
}

/** @param {Actions} values */
function floatsToBytes(values) {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** @param {Uint8Array} data @param {number} count */
function bytesToFloats(data, count) {
  wantSize(data, 4 * count);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}

/** The fewest bits that tell n choices apart.
 * @param {number} n
 */
function widthOf(n) {
  return 32 - Math.clz32(n - 1);
}

/** @param {Shape} shape */
function bitSizes({ ticks, seats, heads }) {
  return heads.map((n) => Math.ceil((widthOf(n) * ticks * seats) / 8));
}

/** @param {Actions} values @param {Shape} shape */
function toBits(values, shape) {
  const sizes = bitSizes(shape);
  const data = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const count = shape.ticks * shape.seats;
  for (let h = 0, from = 0; h < sizes.length; from += sizes[h++]) {
    const width = widthOf(shape.heads[h]);
    for (let i = 0; i < width * count; i++) {
      const value = values[h * count + Math.floor(i / width)];
      data[from + (i >> 3)] |= ((value >> (i % width)) & 1) << (i & 7);
    }
  }
  return data;
}

/** @param {Uint8Array} data @param {Shape} shape */
function fromBits(data, shape) {
  const sizes = bitSizes(shape);
  wantSize(
    data,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const count = shape.ticks * shape.seats;
  const values = new Int32Array(count * sizes.length);
  for (let h = 0, from = 0; h < sizes.length; from += sizes[h++]) {
    const width = widthOf(shape.heads[h]);
    for (let i = 0; i < width * count; i++) {
      const bit = (data[from + (i >> 3)] >> (i & 7)) & 1;
      values[h * count + Math.floor(i / width)] |= bit << (i % width);
    }
  }
  return values;
}

/** @param {Actions} values @param {number} n */
function toRuns(values, n) {
  const bytes = [];
  for (let i = 0, end = 0; i < values.length; i = end) {
    while (end < values.length && values[end] === values[i]) end++;
    let number = (end - i - 1) * n + values[i];
    for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) + 128);
    bytes.push(number);
  }
  return Uint8Array.from(bytes);
}

/** @param {Uint8Array} data @param {number} count @param {number} n */
function fromRuns(data, count, n) {
  const values = new Int32Array(count);
  let filled = 0;
  for (let i = 0; i < data.length; ) {
    let number = 0;
    for (let k = 0; ; k++) {
      if (k === MOST_BYTES)
        throw new RangeError(`want at most ${MOST_BYTES} bytes a run, got more`);
      if (i === data.length) throw new RangeError("the last run is cut off");
      const byte = data[i++];
      number += (byte % 128) * 128 ** k;
      if (byte < 128) break;
    }
    const length = Math.floor(number / n) + 1;
    if (filled + length > count) {
      throw new RangeError(`want runs of ${count} in all, got ${filled + length}`);
    }
    values.fill(number % n, filled, filled + length);
    filled += length;
  }
  if (filled !== count) throw new RangeError(`want runs of ${count} in all, got ${filled}`);
  return values;
}
