// What an ONNX file says of itself: its tensors, its metadata, its versions. Read from the protobuf
// by a small reader of our own, for ONNX Runtime Web hands out no metadata; weights are passed over.

/**
 * @typedef {object} TensorInfo
 * @property {string} name
 * @property {number} type of ONNX: 1 float32, 7 int64 …; 0 where none is given
 * @property {(number | null)[]} shape null where it is free
 *
 * @typedef {object} OnnxFile
 * @property {number} irVersion
 * @property {number} opset of the standard operators
 * @property {TensorInfo[]} inputs without those that are weights
 * @property {TensorInfo[]} outputs
 * @property {Record<string, string>} metadata
 * @property {number} weights bytes of them
 * @property {string} external where weights lie that are not in the file, '' if all are
 */

const DEEPEST = 16; // graphs inside graphs
const EXTERNAL = 1; // TensorProto.DataLocation

/** Bytes that are no ONNX file. */
export class FileError extends Error {
  /** @override */
  name = "FileError";
}

/** One message of protobuf: fields in a row, each a number, or a span of bytes. */
class Message {
  #bytes;
  #at;
  #end;
  field = 0;
  value = 0; // of a varint
  #from = 0; // of a span

  /** @param {Uint8Array} bytes @param {number} at @param {number} end */
  constructor(bytes, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** Moves on to the next field; false at the end. */
  next() {
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.field = Math.floor(key / 8);
    this.value = 0;
    this.#from = this.#at;
    const wire = key % 8;
    if (wire === 0) this.value = this.#varint();
    else if (wire === 1) this.#at += 8;
    else if (wire === 5) this.#at += 4;
    else if (wire === 2) {
      const length = this.#varint();
      this.#from = this.#at;
      this.#at += length;
    } else throw new FileError(`wire type ${wire} at byte ${this.#from}`);
    if (this.field < 1 || this.#at > this.#end) {
      throw new FileError(`a field that ends at byte ${this.#at}, beyond ${this.#end}`);
    }
    return true;
  }

  get size() {
    return this.#at - this.#from;
  }

  get text() {
    return new TextDecoder().decode(this.#bytes.subarray(this.#from, this.#at));
  }

  get message() {
    return new Message(this.#bytes, this.#from, this.#at);
  }

  #varint() {
    let value = 0;
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      if (this.#at >= this.#end) break;
      const byte = this.#bytes[this.#at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new FileError(`a number without an end before byte ${this.#at}`);
  }
}

/** @param {Uint8Array} bytes @returns {OnnxFile} throws a FileError if it is none */
export function readOnnx(bytes) {
  /** @type {OnnxFile} */
  const file = {
    irVersion: 0,
    opset: 0,
    inputs: [],
    outputs: [],
    metadata: {},
    weights: 0,
    external: "",
  };
  let graphs = 0;
  for (const model = new Message(bytes); model.next(); ) {
    if (model.field === 1) file.irVersion = model.value;
    else if (model.field === 8) readOpset(model.message, file);
    else if (model.field === 14) readProperty(model.message, file);
    else if (model.field === 7) {
      graphs++;
      readGraph(model.message, file, 0);
    }
  }
  if (!graphs || !file.irVersion) throw new FileError("no graph in it");
  return file;
}

/** @param {Message} message @param {OnnxFile} file */
function readOpset(message, file) {
  let domain = "";
  let version = 0;
  while (message.next()) {
    if (message.field === 1) domain = message.text;
    else if (message.field === 2) version = message.value;
  }
  if (domain === "" || domain === "ai.onnx") file.opset = version;
}

/** @param {Message} message @param {OnnxFile} file */
function readProperty(message, file) {
  let key = "";
  let value = "";
  while (message.next()) {
    if (message.field === 1) key = message.text;
    else if (message.field === 2) value = message.text;
  }
  file.metadata[key] = value;
}

/** @param {Message} graph @param {OnnxFile} file @param {number} depth 0 for the file's own */
function readGraph(graph, file, depth) {
  if (depth > DEEPEST) throw new FileError(`graphs within graphs, more than ${DEEPEST} deep`);
  const weights = new Set();
  /** @type {TensorInfo[]} */
  const inputs = [];
  while (graph.next()) {
    if (graph.field === 1) readNode(graph.message, file, depth);
    else if (graph.field === 5) weights.add(readWeights(graph, file));
    else if (graph.field === 15) readSparse(graph.message, file);
    else if (depth === 0 && graph.field === 11) inputs.push(readTensor(graph.message));
    else if (depth === 0 && graph.field === 12) file.outputs.push(readTensor(graph.message));
  }
  if (depth === 0) file.inputs = inputs.filter(({ name }) => !weights.has(name));
}

/** Looks for tensors and graphs among a node's attributes.
 * @param {Message} node @param {OnnxFile} file @param {number} depth
 */
function readNode(node, file, depth) {
  while (node.next()) {
    if (node.field !== 5) continue;
    for (const attribute = node.message; attribute.next(); ) {
      const { field } = attribute;
      if (field === 5 || field === 10) readWeights(attribute, file);
      else if (field === 6 || field === 11) readGraph(attribute.message, file, depth + 1);
      else if (field === 22 || field === 23) readSparse(attribute.message, file);
    }
  }
}

/** @param {Message} sparse @param {OnnxFile} file */
function readSparse(sparse, file) {
  while (sparse.next()) if (sparse.field < 3) readWeights(sparse, file);
}

/** Counts a tensor of weights and returns its name.
 * @param {Message} field @param {OnnxFile} file
 */
function readWeights(field, file) {
  let name = "";
  let place = "";
  let outside = false;
  file.weights += field.size;
  for (const tensor = field.message; tensor.next(); ) {
    if (tensor.field === 8) name = tensor.text;
    else if (tensor.field === 14) outside = tensor.value === EXTERNAL;
    else if (tensor.field === 13) place = readLocation(tensor.message) || place;
  }
  if (outside || place) file.external ||= place || "another file";
  return name;
}

/** @param {Message} entry */
function readLocation(entry) {
  let key = "";
  let value = "";
  while (entry.next()) {
    if (entry.field === 1) key = entry.text;
    else if (entry.field === 2) value = entry.text;
  }
  return key === "location" ? value : "";
}

/** @param {Message} info @returns {TensorInfo} */
function readTensor(info) {
  /** @type {TensorInfo} */
  const tensor = { name: "", type: 0, shape: [] };
  while (info.next()) {
    if (info.field === 1) tensor.name = info.text;
    else if (info.field === 2) readType(info.message, tensor);
  }
  return tensor;
}

/** @param {Message} type @param {TensorInfo} tensor */
function readType(type, tensor) {
  while (type.next()) {
    if (type.field !== 1) continue; // a sequence or a map: no type, and refused for it
    for (const own = type.message; own.next(); ) {
      if (own.field === 1) tensor.type = own.value;
      else if (own.field === 2) {
        for (const shape = own.message; shape.next(); ) {
          if (shape.field === 1) tensor.shape.push(readDim(shape.message));
        }
      }
    }
  }
}

/** @param {Message} dim */
function readDim(dim) {
  let value = null;
  while (dim.next()) if (dim.field === 1 && dim.value < 2 ** 31) value = dim.value;
  return value;
}
