// Reads replays with the browser's own streams, for tests/browser/test_replays.py.
import { decodeReplay, encodeReplay } from "/web/static/js/replay.js";

const decoded = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** job: files in base64. Of each: itself written again, or why it is refused. */
export async function run({ files }) {
  const answers = [];
  for (const file of files) {
    try {
      const bytes = await encodeReplay(await decodeReplay(decoded(file)));
      const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
      answers.push({ file: btoa(text) });
    } catch (error) {
      answers.push({ refused: `${error.name}: ${error.message}` });
    }
  }
  return answers;
}
