const END = Buffer.from('\n\n');
const NAME = Buffer.from('event: ');
const ID = Buffer.from('id: ');
/** The fields before `data` lie within this many bytes of a frame's beginning. */
const HEAD_BYTES_MAX = 96;
const LINE_FEED = 10;
const ZERO = 48;

export type OnFrame = (name: string, id: number | undefined, bytes: Buffer) => void;

/**
 * Cuts a stream of server-sent events into frames, and reads no more of each than its name and id: whoever measures
 * thousands of frames a millisecond cannot afford to parse them.
 */
export class FrameScanner {
  private rest: Buffer | undefined;

  constructor(private readonly onFrame: OnFrame) {}

  feed(chunk: Buffer): void {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(END, start); end >= 0; end = bytes.indexOf(END, start)) {
      this.onFrame(nameIn(bytes, start, end), idIn(bytes, start, end), bytes.subarray(start, end + END.length));
      start = end + END.length;
    }
    this.rest = start === bytes.length ? undefined : bytes.subarray(start);
  }
}

function nameIn(bytes: Buffer, start: number, end: number): string {
  const head = bytes.subarray(start, Math.min(end, start + HEAD_BYTES_MAX));
  const at = head.indexOf(NAME);
  if (at < 0) return 'message';
  const stop = head.indexOf(LINE_FEED, at);
  return head.toString('latin1', at + NAME.length, stop < 0 ? head.length : stop);
}

function idIn(bytes: Buffer, start: number, end: number): number | undefined {
  const stop = Math.min(end, start + HEAD_BYTES_MAX);
  const head = bytes.subarray(start, stop);
  let at = head.indexOf(ID);
  if (at > 0 && head[at - 1] !== LINE_FEED) at = -1;
  if (at < 0) return undefined;
  let id = 0;
  for (let place = at + ID.length; place < head.length && head[place] !== LINE_FEED; place += 1) {
    id = id * 10 + (head[place] ?? ZERO) - ZERO;
  }
  return id;
}
