import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What one stream has been sent and not been given; it is given all of it at once. */
class Held {
  readonly chunks: Buffer[] = [];
  hasEnded = false;

  constructor(readonly stream: ServerHttp2Stream) {}
}

/**
 * A gate in front of a gRPC server: an HTTP/2 relay that can hold back what the streams of one method are sent, without a
 * bound. It holds bytes as they will leave. So opening it costs next to nothing, and several messages leave together, as they
 * do from a server that has more of them.
 */
export class Gate {
  private readonly server = createServer();
  private held: Map<ServerHttp2Stream, Held> | undefined;

  /** `target`: host and port of the server; `path`: the method, as HTTP/2 names it. */
  private constructor(
    private readonly target: string,
    private readonly path: string,
  ) {
    this.server.on('session', (session) => this.join(session));
  }

  static async listen(target: string, path: string): Promise<Gate> {
    const gate = new Gate(target, path);
    gate.server.listen(0, '127.0.0.1');
    await once(gate.server, 'listening');
    return gate;
  }

  get address(): string {
    // It listens on a port.
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.held ??= new Map();
  }

  open(): void {
    const held = this.held ?? new Map<ServerHttp2Stream, Held>();
    this.held = undefined;
    for (const { stream, chunks, hasEnded } of held.values()) {
      stream.write(Buffer.concat(chunks));
      if (hasEnded) stream.end();
    }
  }

  /** Each connection has one of its own behind it; they live and die together. */
  private join(session: ServerHttp2Session): void {
    const upstream = connect(`http://${this.target}`);
    upstream.on('error', () => session.destroy());
    upstream.on('close', () => session.close());
    session.on('error', () => upstream.destroy());
    session.on('close', () => upstream.close());
    session.on('stream', (stream, headers) => this.relay(upstream, stream, headers));
  }

  private relay(upstream: ClientHttp2Session, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const request = upstream.request(headers);
    const isGated = headers[':path'] === this.path;
    let trailers: IncomingHttpHeaders = {};
    stream.pipe(request);
    request.on('response', (answer, flags) => {
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answer, { endStream, waitForTrailers: !endStream });
    });
    request.on('trailers', (last: IncomingHttpHeaders) => {
      trailers = last;
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    request.on('data', (chunk: Buffer) => {
      const held = isGated ? this.heldOf(stream) : undefined;
      if (held !== undefined) held.chunks.push(chunk);
      else if (!stream.write(chunk)) request.pause();
    });
    stream.on('drain', () => request.resume());
    request.on('end', () => {
      const held = isGated ? this.held?.get(stream) : undefined;
      if (held === undefined) stream.end();
      else held.hasEnded = true;
    });
    // An error is followed by the close, which says why.
    request.on('error', () => undefined);
    stream.on('error', () => undefined);
    request.on('close', () => {
      if (request.rstCode !== constants.NGHTTP2_NO_ERROR) stream.close(request.rstCode);
    });
    stream.on('close', () => {
      this.held?.delete(stream);
      request.close(stream.rstCode);
    });
  }

  /** undefined: the gate is open. */
  private heldOf(stream: ServerHttp2Stream): Held | undefined {
    if (this.held === undefined) return undefined;
    const held = this.held.get(stream) ?? new Held(stream);
    this.held.set(stream, held);
    return held;
  }
}
