// Half-precision numbers as 16 bits, for files that want or give them; not every browser has an
// array of them.

const view = new DataView(new ArrayBuffer(4));

/** The 16 bits nearest to a number, ties to even.
 * @param {number} value
 */
export function toHalf(value) {
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | even(size * 2 ** 24); // too small for the usual form
  const exponent = ((bits >>> 23) & 255) - 127;
  return sign | (even((size * 2 ** -exponent - 1) * 1024) + ((exponent + 15) << 10));
}

/** @param {number} value not negative, rounded to whole, halves to even */
function even(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

/** @param {number} bits */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const rest = bits & 1023;
  if (exponent === 31) return rest ? Number.NaN : sign * Infinity;
  return sign * (exponent ? (1 + rest / 1024) * 2 ** (exponent - 15) : rest * 2 ** -24);
}
