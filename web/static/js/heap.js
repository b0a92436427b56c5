// Memory of a WebAssembly module that its maker lays out: one region after another, no malloc.

/** @typedef {Uint8ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor | Float32ArrayConstructor} ArrayType */

export class Heap {
  #memory;
  #base;
  #top;

  /** @param {WebAssembly.Memory} memory @param {number} base address of the first free byte */
  constructor(memory, base) {
    this.#memory = memory;
    this.#base = (base + 15) & ~15;
    this.#top = this.#base;
  }

  /** Gives all regions back. */
  clear() {
    this.#top = this.#base;
  }

  /** The address of a new region, cleared. Growing the memory ends all views of it.
   * @param {number} bytes
   */
  place(bytes) {
    const at = this.#top;
    this.#top = (at + bytes + 15) & ~15;
    const short = this.#top - this.#memory.buffer.byteLength;
    if (short > 0) this.#memory.grow(Math.ceil(short / 65536));
    this.view(Uint8Array, at, bytes).fill(0);
    return at;
  }

  /** A view of `length` elements, good until the memory grows.
   * @template {ArrayType} T
   * @param {T} Type @param {number} at @param {number} length
   * @returns {InstanceType<T>}
   */
  view(Type, at, length) {
    return /** @type {InstanceType<T>} */ (new Type(this.#memory.buffer, at, length));
  }

  /** The text of `length` bytes, or up to the first 0.
   * @param {number} at @param {number} length
   */
  text(at, length) {
    const bytes = this.view(Uint8Array, at, length);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.slice(0, end < 0 ? length : end));
  }
}
