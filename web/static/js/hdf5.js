// Writes HDF5 files of groups, arrays and whole numbers as attributes: what Minari's datasets are made
// of. By the HDF Group's File Format Specification, version 3.0: a superblock of version 2, object
// headers of version 2, links in the headers, arrays in one piece. It only computes.

/**
 * @typedef {{data: Uint8Array | Int8Array | Int32Array | Float32Array | Float64Array, shape: number[],
 *   truth?: boolean}} Table an array; with `truth` of 0 and 1, which h5py reads as bool
 * @typedef {{members: Record<string, Group | Table>, attributes?: Record<string, number>}} Group
 */

const UNDEFINED = 0xffffffffffffffffn;
const [DATASPACE, LINK_INFO, DATATYPE, FILL, LINK, LAYOUT, GROUP_INFO, ATTRIBUTE] = [
  1, 2, 3, 5, 6, 8, 10, 12,
];
const SUPERBLOCK = 48; // bytes

/** Bytes that grow; numbers are little-endian. */
class Bytes {
  #data = new DataView(new ArrayBuffer(1 << 16));
  length = 0;

  /** @param {number} more */
  #room(more) {
    const { buffer } = this.#data;
    if (this.length + more <= buffer.byteLength) return;
    const grown = new Uint8Array(Math.max(2 * buffer.byteLength, this.length + more));
    grown.set(new Uint8Array(buffer));
    this.#data = new DataView(grown.buffer);
  }

  /** @param {number | bigint} value @param {1 | 2 | 4 | 8} size */
  put(value, size) {
    this.#room(size);
    if (size === 1) this.#data.setUint8(this.length, Number(value));
    else if (size === 2) this.#data.setUint16(this.length, Number(value), true);
    else if (size === 4) this.#data.setUint32(this.length, Number(value), true);
    else this.#data.setBigUint64(this.length, BigInt.asUintN(64, BigInt(value)), true);
    this.length += size;
    return this;
  }

  /** @param {Uint8Array} bytes */
  add(bytes) {
    this.#room(bytes.length);
    new Uint8Array(this.#data.buffer).set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** @param {string} text of ASCII */
  text(text) {
    return this.add(new TextEncoder().encode(text));
  }

  get whole() {
    return new Uint8Array(this.#data.buffer, 0, this.length);
  }
}

/** The bytes of a file.
 * @param {Group} root
 */
export function writeHdf5(root) {
  const file = new Bytes().add(new Uint8Array(SUPERBLOCK));
  const at = addObject(file, root);
  const head = new Bytes().add(Uint8Array.of(0x89)).text("HDF\r\n\x1a\n");
  head.put(2, 1).put(8, 1).put(8, 1).put(0, 1); // version; sizes of addresses and lengths
  head.put(0, 8).put(UNDEFINED, 8).put(file.length, 8).put(at, 8);
  head.put(checksum(head.whole), 4);
  const { whole } = file;
  whole.set(head.whole);
  return whole;
}

/** Adds an object, what it holds first; returns its address.
 * @param {Bytes} file @param {Group | Table} object
 * @returns {number}
 */
function addObject(file, object) {
  const messages = "members" in object ? groupMessages(file, object) : tableMessages(file, object);
  const body = new Bytes();
  for (const [type, data] of messages) body.put(type, 1).put(data.length, 2).put(0, 1).add(data);
  const header = new Bytes().text("OHDR").put(2, 1).put(2, 1); // version; a size of four bytes
  header.put(body.length, 4).add(body.whole);
  header.put(checksum(header.whole), 4);
  const at = align(file);
  file.add(header.whole);
  return at;
}

/** @param {Bytes} file */
function align(file) {
  file.add(new Uint8Array(-file.length & 7));
  return file.length;
}

/** @param {Bytes} file @param {Group} group @returns {[number, Uint8Array][]} */
function groupMessages(file, { members, attributes = {} }) {
  const info = new Bytes().put(0, 2).put(UNDEFINED, 8).put(UNDEFINED, 8);
  /** @type {[number, Uint8Array][]} */
  const messages = [
    [LINK_INFO, info.whole],
    [GROUP_INFO, new Uint8Array(2)],
  ];
  for (const [name, object] of Object.entries(members)) {
    const at = addObject(file, object);
    const link = new Bytes().put(1, 1).put(0, 1).put(name.length, 1).text(name).put(at, 8);
    messages.push([LINK, link.whole]);
  }
  for (const [name, value] of Object.entries(attributes)) {
    const [type, space] = [wholeType(8, true), new Bytes().put(2, 1).put(0, 1).put(0, 2).whole];
    const attribute = new Bytes()
      .put(3, 1)
      .put(0, 1)
      .put(name.length + 1, 2);
    attribute.put(type.length, 2).put(space.length, 2).put(0, 1).text(`${name}\0`);
    messages.push([ATTRIBUTE, attribute.add(type).add(space).put(value, 8).whole]);
  }
  return messages;
}

/** @param {Bytes} file @param {Table} table @returns {[number, Uint8Array][]} */
function tableMessages(file, { data, shape, truth }) {
  const count = shape.reduce((product, n) => product * n, 1);
  if (count !== data.length) throw new RangeError(`want ${count} values, got ${data.length}`);
  const at = align(file);
  file.add(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const space = new Bytes().put(2, 1).put(shape.length, 1).put(0, 1).put(1, 1);
  for (const n of shape) space.put(n, 8);
  const layout = new Bytes().put(3, 1).put(1, 1).put(at, 8).put(data.byteLength, 8);
  return [
    [DATASPACE, space.whole],
    [DATATYPE, truth ? truthType() : typeOf(data)],
    [FILL, Uint8Array.of(3, 0x0a)],
    [LAYOUT, layout.whole],
  ];
}

// --- Types of values -----------------------------------------------------------------------------

/** @param {Table['data']} data */
function typeOf(data) {
  const size = /** @type {1 | 4 | 8} */ (data.BYTES_PER_ELEMENT);
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    return wholeType(size, !(data instanceof Uint8Array));
  }
  const [exponent, mantissa, bias] = size === 4 ? [8, 23, 127] : [11, 52, 1023];
  const type = new Bytes()
    .put(0x11, 1)
    .put(0x20, 1)
    .put(8 * size - 1, 1)
    .put(0, 1)
    .put(size, 4);
  type
    .put(0, 2)
    .put(8 * size, 2)
    .put(mantissa, 1)
    .put(exponent, 1);
  return type.put(0, 1).put(mantissa, 1).put(bias, 4).whole;
}

/** @param {number} size bytes @param {boolean} signed */
function wholeType(size, signed) {
  const type = new Bytes()
    .put(0x10, 1)
    .put(signed ? 8 : 0, 1)
    .put(0, 2)
    .put(size, 4);
  return type.put(0, 2).put(8 * size, 2).whole;
}

/** The enumeration that h5py takes for bool. */
function truthType() {
  const type = new Bytes().put(0x38, 1).put(2, 2).put(0, 1).put(1, 4); // of two members
  return type.add(wholeType(1, true)).text("FALSE\0TRUE\0").put(0, 1).put(1, 1).whole;
}

// --- Checksums -----------------------------------------------------------------------------------

/** Bob Jenkins' lookup3 of 2006, `hashlittle` from 0.
 * @param {Uint8Array} bytes
 */
export function checksum(bytes) {
  const start = (0xdeadbeef + bytes.length) | 0;
  let [a, b, c] = [start, start, start];
  /** @param {number} x @param {number} k */
  const turn = (x, k) => (x << k) | (x >>> (32 - k));
  /** @param {number} i */
  const word = (i) =>
    (bytes[i] ?? 0) |
    ((bytes[i + 1] ?? 0) << 8) |
    ((bytes[i + 2] ?? 0) << 16) |
    ((bytes[i + 3] ?? 0) << 24);
  if (!bytes.length) return c >>> 0;
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ turn(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ turn(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ turn(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ turn(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ turn(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ turn(b, 4)) | 0;
    b = (b + a) | 0;
  }
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - turn(b, 14)) | 0;
  a = ((a ^ c) - turn(c, 11)) | 0;
  b = ((b ^ a) - turn(a, 25)) | 0;
  c = ((c ^ b) - turn(b, 16)) | 0;
  a = ((a ^ c) - turn(c, 4)) | 0;
  b = ((b ^ a) - turn(a, 14)) | 0;
  c = ((c ^ b) - turn(b, 24)) | 0;
  return c >>> 0;
}
