import type { CanonicalEvent } from '../../src/contracts/events.js';
import type { IsoTime } from '../../src/contracts/ids.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { RawDraft, StreamStatus } from '../../src/contracts/raw-event.js';
import type { ExecutionMode } from '../../src/contracts/run.js';
import { SESSION_STATES, type SessionState } from '../../src/contracts/session.js';
import { sessionOpened } from '../../src/events/lifecycle.js';
import { aRun, aSnapshot, ambient, anEnvelope, ENV, START_MS, streamed, time, World } from './world.js';

/** Fields of `data` that every event from an envelope has, and that would hide what is particular to it. */
const USUAL = new Set([
  ...['modeName', 'messageType', 'messageId', 'sessionId', 'sender', 'participantId', 'from', 'ambient'],
  ...['payload', 'payloadTypeName', 'runtimeSessionId', 'recordedAt'],
  ...['startedAtUnixMs', 'expiresAtUnixMs', 'modeVersion', 'configurationVersion'],
]);

/** Every input takes one second of the story's clock. */
const STEP_MS = 1_000;

/**
 * The inputs a story knows (times in seconds of its clock, `_` in a value is a space):
 *   run <driver|observer> <mode> participants=a,b redact=path      a new run that waits for its session
 *   watch|read|ack <STATE> observed= asked= reason= by= expires= initiator= evicted=   a report of the session's state
 *   say <sender> <type> <JSON, or ! and base64>                    an envelope on the stream
 *   whisper <sender> <type> <…>                                    an ambient envelope
 *   answer <ok|code> type= id= from= reason=                       the answer to a message of ours
 *   stream <status> · error <code> · opened                        the stream, an inline error, the kickoff is done
 *
 * Plays a story: lines beginning with `>` are what is heard, the lines below each are what the log gains by it; other
 * lines are prose. Gives the story back with the lines that really came.
 */
export function play(story: string): string {
  const player = new Player();
  const lines: string[] = [];
  let afterInput = false;
  for (const line of story.split('\n')) {
    if (line.startsWith('>')) {
      lines.push(line, ...player.step(line.slice(1).trim()).map((told) => `  ${told}`));
      afterInput = true;
    } else if (!(afterInput && line.startsWith('  '))) {
      lines.push(line);
      afterInput = false;
    }
  }
  return lines.join('\n');
}

class Player {
  private world = new World(aRun());
  private clockMs = 0;

  step(input: string): readonly string[] {
    const before = this.world.events.length;
    const [verb = '', ...words] = input.split(' ');
    const parked = this.act(verb, words);
    const events = this.world.events.slice(before).map((event) => shown(event, time(this.clockMs)));
    this.clockMs += STEP_MS;
    const { status, session } = this.world.run;
    return [
      ...events,
      ...(parked === null ? [] : [`parked: ${parked}`]),
      `= ${status}, session ${session.state?.replace('SESSION_STATE_', '') ?? 'unknown'}`,
    ];
  }

  private act(verb: string, words: readonly string[]): string | null {
    const [first = '', second = ''] = words;
    const rest = words.slice(2).join(' ');
    switch (verb) {
      case 'run':
        this.begin(first as ExecutionMode, second, options(rest));
        return null;
      case 'opened':
        this.world.record(sessionOpened(this.world.run, time(this.clockMs), 'ack'));
        return null;
      case 'say':
      case 'whisper':
        return this.world.hear(this.envelope(verb === 'whisper', first, second, rest));
      default:
        return this.world.hear(this.report(verb, first, options(words.slice(1).join(' '))));
    }
  }

  private begin(executionMode: ExecutionMode, modeName: string, given: Readonly<Record<string, string>>): void {
    const participants = (given['participants'] ?? 'alice,bob').split(',');
    const redactPaths = given['redact']?.split(',') ?? [];
    this.world = new World(aRun({ executionMode, modeName, participants }), { ...ENV, redactPaths });
    this.clockMs = 0;
  }

  private envelope(isAmbient: boolean, sender: string, messageType: string, text: string): RawDraft {
    const payload = text.startsWith('!') ? Buffer.from(text.slice(1), 'base64') : parsed(text);
    const { run } = this.world;
    const mode = isAmbient ? { mode: '' } : {};
    const messageId = `${isAmbient ? 'a' : 'm'}${this.world.run.lastPosition + 1}`;
    const envelope = anEnvelope(run, { sender, messageType, payload, messageId, atMs: this.clockMs, ...mode });
    return isAmbient ? ambient(envelope, time(this.clockMs)) : streamed(envelope, time(this.clockMs));
  }

  private report(verb: string, word: string, given: Readonly<Record<string, string>>): RawDraft {
    const receivedAt = time(this.clockMs);
    switch (verb) {
      case 'watch':
      case 'read':
      case 'ack':
        return { kind: 'session-snapshot', receivedAt, info: this.snapshot(verb, stateNamed(word), given) };
      case 'stream': {
        const info = { status: word as StreamStatus, afterSequence: this.world.run.lastOrdinal };
        return { kind: 'stream-status', receivedAt, info };
      }
      case 'error':
        return { kind: 'stream-inline-error', receivedAt, info: { code: word, message: word } };
      case 'answer':
        return { kind: 'send-ack', receivedAt, info: this.answer(word, given) };
      default:
        throw new Error(`a story knows no '${verb}'`);
    }
  }

  private snapshot(via: 'watch' | 'read' | 'ack', state: SessionState, given: Readonly<Record<string, string>>) {
    const described = via === 'ack' || given['evicted'] ? {} : { snapshot: this.described(state, given) };
    const observed = Number(given['observed'] ?? this.clockMs / 1000) * 1000;
    return {
      via,
      state,
      ...described,
      ...(via === 'watch' ? { observedAt: time(observed) } : {}),
      ...(via === 'read' ? { askedAt: time(Number(given['asked'] ?? this.clockMs / 1000) * 1000) } : {}),
      ...(given['reason'] === undefined ? {} : { reason: given['reason'] }),
      ...(given['by'] === undefined ? {} : { by: given['by'] }),
    };
  }

  private described(state: SessionState, given: Readonly<Record<string, string>>) {
    const expires = given['expires'];
    return aSnapshot(this.world.run, state, {
      ...(expires === undefined ? {} : { expiresAtUnixMs: START_MS + Number(expires) * 1000 }),
      ...(given['initiator'] === undefined ? {} : { initiator: given['initiator'] }),
    });
  }

  private answer(word: string, given: Readonly<Record<string, string>>) {
    const ok = word === 'ok';
    const messageType = given['type'] ?? 'Proposal';
    return {
      purpose: messageType === 'SessionStart' ? ('session-start' as const) : ('kickoff' as const),
      ok,
      duplicate: false,
      sessionState: ok ? ('SESSION_STATE_OPEN' as const) : ('SESSION_STATE_UNSPECIFIED' as const),
      acceptedAtUnixMs: START_MS + this.clockMs,
      ...(ok ? {} : { errorCode: word, errorMessage: word, reasons: given['reason'] ? [given['reason']] : [] }),
      message: {
        modeName: this.world.run.modeName,
        messageType,
        messageId: given['id'] ?? 'out1',
        sessionId: this.world.run.sessionId,
        sender: given['from'] ?? 'alice',
        to: [],
        payload: {},
        decoded: { encoding: 'proto' } as const,
        payloadEncoding: 'proto',
        byteLength: 0,
      },
    };
  }
}

function stateNamed(word: string): SessionState {
  const state = SESSION_STATES.find((known) => known === `SESSION_STATE_${word}`);
  if (state === undefined) throw new Error(`there is no session state '${word}'`);
  return state;
}

function parsed(text: string): JsonObject {
  // A story writes its payloads as JSON objects; anything else fails in the codec.
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}

function options(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(' ').flatMap((word) => {
    const [name, ...value] = word.split('=');
    return name === undefined || name === '' ? [] : [[name, value.join('=').replaceAll('_', ' ')] as const];
  });
  return Object.fromEntries(pairs);
}

/** `message.received alice Vote message/m3 {…}`, with the time when it is not that of receipt. */
function shown(event: CanonicalEvent, now: IsoTime): string {
  const data: Readonly<Record<string, unknown>> = { ...event.data };
  const particular = Object.entries(data).filter(([name, value]) => !USUAL.has(name) && !isUsualValue(name, value));
  const who = typeof data['sender'] === 'string' ? ` ${data['sender']}` : '';
  const what = typeof data['messageType'] === 'string' ? ` ${data['messageType']}` : '';
  const when = event.ts === now ? '' : ` @${event.ts}`;
  const fields = particular.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
  return `${event.type}${who}${what} ${event.subject.kind}/${event.subject.id}${when} ${fields}`.trimEnd();
}

function isUsualValue(name: string, value: unknown): boolean {
  if (name === 'payloadEncoding') return value === 'proto';
  if (name === 'to' || name === 'extensionKeys') return Array.isArray(value) && value.length === 0;
  return name === 'participants' && Array.isArray(value) && value.every((item) => typeof item === 'object');
}
