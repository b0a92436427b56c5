// Makes a dataset of replays as the page does, for tests/test_dataset.py.
import { makeDataset } from "../web/static/js/corrections.js";
import { openEnv } from "../web/static/js/env.js";
import { checksum } from "../web/static/js/hdf5.js";
import { decodeReplay } from "../web/static/js/replay.js";
import { zip } from "../web/static/js/zip.js";

/** job: `sim` and `files` in base64, `spec`; or `texts` whose checksums are wanted. */
export async function run({ sim, files, spec, texts }) {
  if (texts) return texts.map((text) => checksum(new TextEncoder().encode(text)));
  const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
  const env = await openEnv(bytes(sim));
  const lines = await Promise.all(files.map((file) => decodeReplay(bytes(file))));
  let pauses = 0;
  const pause = async () => {
    pauses++;
  };
  const made = await makeDataset(env, spec, lines, pause);
  if (!made) return null;
  return { id: made.id, zip: Buffer.concat(zip(made.files)).toString("base64"), pauses };
}
