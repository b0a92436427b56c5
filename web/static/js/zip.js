// Zip files of what is stored as it is (PKWARE's APPNOTE 6.3.10, without ZIP64). It only computes.

const DATE = 0x21; // 1 January 1980: the same contents are the same bytes

/** @type {Uint32Array | null} */
let table = null;

/** The checksum of zip and PNG: CRC-32.
 * @param {Uint8Array} bytes
 */
function crc32(bytes) {
  table ??= Uint32Array.from({ length: 256 }, (_, i) => {
    let c = i;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

/** The parts of a file, to be put one after another.
 * @param {Map<string, Uint8Array>} files by path, with /
 */
export function zip(files) {
  const parts = [];
  const index = [];
  let at = 0;
  let indexed = 0;
  for (const [path, data] of files) {
    const name = new TextEncoder().encode(path);
    const facts = [0x800, 0, 0, DATE, crc32(data), data.length, data.length, name.length, 0];
    const head = fields("IHHHHHIIIHH", [0x04034b50, 20, ...facts]);
    const sizes = "IHHHHHHIIIHHHHHII";
    index.push(fields(sizes, [0x02014b50, 20, 20, ...facts, 0, 0, 0, 0, at]), name);
    parts.push(head, name, data);
    at += head.length + name.length + data.length;
    indexed += 46 + name.length;
  }
  const { size } = files;
  const end = fields("IHHHHIIH", [0x06054b50, 0, 0, size, size, indexed, at, 0]);
  if (at + indexed > 0xffffffff) throw new RangeError(`want less than 4 GiB, got ${at} bytes`);
  return [...parts, ...index, end];
}

/** Numbers of two (H) or four (I) bytes, little-endian.
 * @param {string} sizes @param {number[]} values
 */
function fields(sizes, values) {
  const view = new DataView(new ArrayBuffer(4 * sizes.length));
  let at = 0;
  for (const [i, size] of [...sizes].entries()) {
    if (size === "H") view.setUint16(at, values[i], true);
    else view.setUint32(at, values[i], true);
    at += size === "H" ? 2 : 4;
  }
  return new Uint8Array(view.buffer, 0, at);
}
