import { ScalarType, create, toBinary, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../contracts/json.js';
import { AppError } from '../errors/app-error.js';
import { ProgressPayloadSchema, SignalPayloadSchema } from '../gen/macp/v1/core_pb.js';
import { ProposalPayloadSchema } from '../gen/macp/modes/decision/v1/decision_pb.js';
import { SHOWN_BYTES_MAX, TEXT_UNITS_MAX } from './json-values.js';
import { KNOWN_PAYLOADS, payloadCodec, protoRegistry } from './proto-registry.js';

const UNSTORABLE = /\0|\p{Surrogate}/u;
const DECISION = 'macp.mode.decision.v1';
const OPAQUE = 'my.mode.v1';
const utf8 = (text: string) => new TextEncoder().encode(text);
const MODES = ['', DECISION, 'macp.mode.task.v1', 'ext.multi_round.v1', OPAQUE, '__proto__'];
const MESSAGE_TYPES = [...new Set(KNOWN_PAYLOADS.map(({ messageType }) => messageType)), 'Whatever', 'constructor'];

/** Every string of a JSON value, keys included. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...texts(inner)]);
}

function expectStorable(payload: JsonObject): void {
  expect(JSON.parse(JSON.stringify(payload))).toEqual(payload);
  expect(texts(payload).filter((text) => text.length > TEXT_UNITS_MAX + 1 || UNSTORABLE.test(text))).toEqual([]);
}

describe('decoding', () => {
  it('is total on any bytes, and what it yields can be stored', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MODES),
        fc.constantFrom(...MESSAGE_TYPES),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json({ maxDepth: 3 }).map(utf8),
          fc.string({ unit: 'binary' }).map(utf8),
        ),
        (mode, messageType, bytes) => {
          const decoded = payloadCodec.decode(mode, messageType, bytes);
          expectStorable(decoded.payload);
          expectStorable(decoded.signalData ?? {});
          expect(decoded.encoding === 'undecodable').toBe(decoded.decodeError !== undefined);
          expect(decoded.encoding === 'proto').toBe(decoded.typeName !== undefined);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each(KNOWN_PAYLOADS)(
    'shows all fields of an empty $messageType of mode "$mode"',
    ({ mode, messageType, type }) => {
      const decoded = payloadCodec.decode(mode, messageType, new Uint8Array());
      expect(decoded).toMatchObject({ encoding: 'proto', typeName: type.typeName });
      const always = type.fields.filter(({ fieldKind }) => fieldKind !== 'message').map(({ jsonName }) => jsonName);
      expect(Object.keys(decoded.payload).sort()).toEqual([...always].sort());
    },
  );

  it('keeps the negative outcome of a commitment that does not mention it', () => {
    const { bytes } = payloadCodec.encode(DECISION, 'Commitment', { commitmentId: 'c', outcomePositive: false });
    const { payload } = payloadCodec.decode(DECISION, 'Commitment', bytes);
    expect(payload).toMatchObject({ commitmentId: 'c', outcomePositive: false, action: '' });
    expect(payload).not.toHaveProperty('supersedes');
  });

  it('reads bytes as JSON, text or base64, and describes large ones', () => {
    const shown = (data: Uint8Array) =>
      payloadCodec.decode('', 'Signal', toBinary(SignalPayloadSchema, create(SignalPayloadSchema, { data }))).payload[
        'data'
      ];
    expect(shown(utf8('{"role":"lead"}'))).toEqual({ role: 'lead' });
    expect(shown(utf8('[1,"a",null]'))).toEqual([1, 'a', null]);
    expect(shown(utf8('hello'))).toBe('hello');
    expect(shown(new Uint8Array())).toBe('');
    expect(shown(new Uint8Array([0xff, 0xfe]))).toEqual({ base64: '//4=' });
    expect(shown(new Uint8Array(SHOWN_BYTES_MAX).fill(97))).toHaveLength(SHOWN_BYTES_MAX);
    expect(shown(new Uint8Array(SHOWN_BYTES_MAX + 1).fill(97))).toEqual({
      byteLength: SHOWN_BYTES_MAX + 1,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      truncated: true,
    });
  });

  it('cuts long texts without splitting a pair, and says where', () => {
    const rationale = `${'a'.repeat(TEXT_UNITS_MAX - 1)}😀 and more`;
    const bytes = toBinary(ProposalPayloadSchema, create(ProposalPayloadSchema, { proposalId: 'p', rationale }));
    const decoded = payloadCodec.decode(DECISION, 'Proposal', bytes);
    expect(decoded.payload['rationale']).toBe(`${'a'.repeat(TEXT_UNITS_MAX - 1)}…`);
    expect(decoded.truncated).toEqual(['rationale']);
    const nested = payloadCodec.decode(OPAQUE, 'X', utf8(JSON.stringify({ a: [{ b: rationale }] })));
    expect(nested.truncated).toEqual(['a[0].b']);
    expect(payloadCodec.decode(OPAQUE, 'X', utf8(rationale)).truncated).toEqual(['text']);
  });

  it('turns what JSON or PostgreSQL cannot hold into what they can', () => {
    const progress = create(ProgressPayloadSchema, { progress: NaN, total: -Infinity, message: 'a\0b' });
    expect(payloadCodec.decode('', 'Progress', toBinary(ProgressPayloadSchema, progress)).payload).toMatchObject({
      progress: null,
      total: null,
      message: 'a\uFFFDb',
    });
    expect(payloadCodec.decode(OPAQUE, 'X', utf8('{"a":"\\ud800x","\\u0000":-0,"big":1e999}')).payload).toEqual({
      a: '\uFFFDx',
      '\uFFFD': 0,
      big: null,
    });
  });

  it('keeps `__proto__` as a key without touching any prototype', () => {
    const { payload } = payloadCodec.decode(OPAQUE, 'X', utf8('{"__proto__":{"admin":true},"b":1}'));
    expect(Object.keys(payload)).toEqual(['__proto__', 'b']);
    expect(payload['admin']).toBeUndefined();
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
  });

  it('keeps `__proto__` as a key of a protobuf map', () => {
    const entry = new BinaryWriter().tag(1, WireType.LengthDelimited).string('__proto__');
    const value = entry.tag(2, WireType.LengthDelimited).bytes(utf8('{"admin":true}')).finish();
    const bytes = new BinaryWriter().tag(9, WireType.LengthDelimited).bytes(value).finish();
    const { payload, encoding } = payloadCodec.decode('', 'SessionStart', bytes);
    expect(encoding).toBe('proto');
    expect(JSON.stringify(payload['extensions'])).toBe('{"__proto__":{"admin":true}}');
  });

  it('gives 64-bit integers as numbers while they are exact', () => {
    const deadline = (value: string) =>
      payloadCodec.decode(
        'macp.mode.task.v1',
        'TaskRequest',
        payloadCodec.encode('macp.mode.task.v1', 'TaskRequest', { deadlineUnixMs: value }).bytes,
      ).payload['deadlineUnixMs'];
    expect(deadline('9007199254740991')).toBe(9_007_199_254_740_991);
    expect(deadline('9007199254740992')).toBe('9007199254740992');
    expect(deadline('-9223372036854775808')).toBe('-9223372036854775808');
  });

  it('reads the payloads of modes it does not know', () => {
    const opaque = (bytes: Uint8Array) => payloadCodec.decode(OPAQUE, 'X', bytes);
    expect(opaque(new Uint8Array())).toEqual({ payload: {}, encoding: 'empty' });
    expect(opaque(utf8('{"a":1}'))).toEqual({ payload: { a: 1 }, encoding: 'json' });
    expect(opaque(utf8('[1]'))).toEqual({ payload: { value: [1] }, encoding: 'json' });
    expect(opaque(utf8('null'))).toEqual({ payload: { value: null }, encoding: 'json' });
    expect(opaque(utf8('plain words'))).toEqual({ payload: { text: 'plain words' }, encoding: 'text' });
    expect(opaque(new Uint8Array([255]))).toEqual({ payload: { base64: '/w==' }, encoding: 'binary' });
    expect(opaque(new Uint8Array(SHOWN_BYTES_MAX + 1).fill(255))).toMatchObject({ payload: { truncated: true } });
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(opaque(utf8(deep))).toMatchObject({ encoding: 'text', truncated: ['text'] });
  });

  it('reads both forms of Contribute', () => {
    const decode = (bytes: Uint8Array) => payloadCodec.decode('ext.multi_round.v1', 'Contribute', bytes);
    expect(decode(utf8('{"value":"blue","why":1}'))).toEqual({ payload: { value: 'blue', why: 1 }, encoding: 'json' });
    expect(decode(payloadCodec.encode('ext.multi_round.v1', 'Contribute', { value: 'blue' }).bytes)).toMatchObject({
      payload: { value: 'blue' },
      encoding: 'proto',
    });
    expect(decode(utf8('{"value":7}')).encoding).not.toBe('json');
  });

  it('parks what is no protobuf, with length, hash and a short reason', () => {
    expect(payloadCodec.decode(DECISION, 'Vote', utf8('not protobuf at all'))).toMatchObject({
      encoding: 'undecodable',
      payload: { byteLength: 19, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      decodeError: expect.stringMatching(/^.{1,201}$/) as string,
    });
    const invalidText = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .bytes(new Uint8Array([255]))
      .finish();
    expect(payloadCodec.decode(DECISION, 'Vote', invalidText).encoding).toBe('undecodable');
  });
});

describe('encoding', () => {
  it.each(KNOWN_PAYLOADS)('is undone by decoding: $messageType of mode "$mode"', ({ mode, messageType, type }) => {
    fc.assert(
      fc.property(jsonOf(type), (json) => {
        const encoded = payloadCodec.encode(mode, messageType, json);
        expect(encoded).toMatchObject({ encoding: 'proto', typeName: type.typeName });
        expect(payloadCodec.decode(mode, messageType, encoded.bytes).payload).toEqual(json);
        expect(payloadCodec.encode(mode, messageType, snakeCase(type, json)).bytes).toEqual(encoded.bytes);
        const named = { encoding: 'proto', proto: { typeName: type.typeName, value: json } } as const;
        expect(payloadCodec.encode(OPAQUE, 'X', named).bytes).toEqual(encoded.bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('takes null and undefined for absent', () => {
    expect(payloadCodec.encode(DECISION, 'Vote', { vote: null, reason: undefined }).bytes).toHaveLength(0);
    expect(payloadCodec.encode(DECISION, 'Vote', undefined)).toEqual({ bytes: new Uint8Array(), encoding: 'empty' });
  });

  it('puts objects into bytes fields as JSON and strings as base64', () => {
    const dataOf = (data: unknown) =>
      payloadCodec.decode('', 'Signal', payloadCodec.encode('', 'Signal', { data } as JsonObject).bytes).payload[
        'data'
      ];
    expect(dataOf({ a: 1 })).toEqual({ a: 1 });
    expect(dataOf([1, 2])).toEqual([1, 2]);
    expect(dataOf('aGVsbG8=')).toBe('hello');
    expect(dataOf('aGVsbG8')).toBe('hello');
    expect(dataOf('__79')).toEqual({ base64: '//79' });
  });

  it.each([
    [{ vots: 'APPROVE' }, 'vots', /has no field 'vots'/],
    [{ vote: 7 }, 'vote', /'vote' of macp\.modes\.decision\.v1\.VotePayload must be a string, not 7/],
    [{ proposalId: 'a', proposal_id: 'b' }, 'proposal_id', /given twice/],
    [{ vote: '\ud800' }, 'vote', /well-formed/],
  ])('refuses %j of a Vote, naming the field', (payload, field, message) => {
    expectInvalid(() => payloadCodec.encode(DECISION, 'Vote', payload), field, message);
  });

  it.each([
    [{ ttlMs: 1.5 }, 'ttlMs', /an integer/],
    [{ ttlMs: '9223372036854775808' }, 'ttlMs', /an integer from/],
    [{ ttl_ms: 'soon' }, 'ttl_ms', /an integer/],
    [{ participants: 'alice' }, 'participants', /an array/],
    [{ participants: ['a', 1] }, 'participants[1]', /a string/],
    [{ roots: [{ uri: 'u' }, { url: 'u' }] }, 'roots[1].url', /macp\.v1\.Root has no field/],
    [{ extensions: { context: 7 } }, 'extensions.context', /base64/],
    [{ extensions: { context: 'not base64!' } }, 'extensions.context', /base64/],
    [{ extensions: [] }, 'extensions', /a JSON object/],
  ])('refuses %j of a SessionStart, naming the path', (payload, field, message) => {
    expectInvalid(() => payloadCodec.encode('', 'SessionStart', payload), field, message);
  });

  it('refuses numbers out of range', () => {
    const encode = (value: unknown) => () =>
      payloadCodec.encode('macp.mode.quorum.v1', 'ApprovalRequest', { requiredApprovals: value } as JsonObject);
    for (const bad of [-1, 4_294_967_296, 0.5, true, 'x'])
      expectInvalid(encode(bad), 'requiredApprovals', /an integer/);
    expectInvalid(() => payloadCodec.encode('', 'Progress', { progress: 'half' }), 'progress', /a number/);
  });

  it('does not repeat a refused text, which may be private', () => {
    expect(messageOf(() => payloadCodec.encode('', 'Progress', { progress: 'my secret' }))).not.toContain('secret');
  });

  it('sends the four encodings as they are', () => {
    const encode = (payload: Parameters<typeof payloadCodec.encode>[2]) => payloadCodec.encode(OPAQUE, 'X', payload);
    expect(encode({ encoding: 'json', json: [1] })).toEqual({ bytes: utf8('[1]'), encoding: 'json' });
    expect(encode({ encoding: 'text', text: 'hé' })).toEqual({ bytes: utf8('hé'), encoding: 'text' });
    expect(encode({ encoding: 'base64', base64: '/w==' })).toEqual({
      bytes: new Uint8Array([255]),
      encoding: 'binary',
    });
    expect(encode({ a: 1 })).toEqual({ bytes: utf8('{"a":1}'), encoding: 'json' });
    expect(encode({ encoding: 'text', other: 1 })).toMatchObject({ encoding: 'json' });
    expectInvalid(() => encode({ encoding: 'base64', base64: '?' }), 'base64', /base64/);
    const unknown = { encoding: 'proto', proto: { typeName: 'no.Such', value: {} } } as const;
    expectInvalid(() => encode(unknown), 'typeName', /no\.Such/);
  });

  it('turns the JSON encoding into protobuf where the type is known, and leaves raw encodings alone', () => {
    const json = { encoding: 'json', json: { vote: 'APPROVE' } } as const;
    expect(payloadCodec.encode(DECISION, 'Vote', json)).toEqual(
      payloadCodec.encode(DECISION, 'Vote', { vote: 'APPROVE' }),
    );
    expect(payloadCodec.encode(DECISION, 'Vote', { encoding: 'text', text: 'x' })).toMatchObject({ encoding: 'text' });
  });

  it('offers every message of the protocol by name', () => {
    expect(protoRegistry.getMessage('macp.v1.Envelope')).toBeDefined();
    expect(protoRegistry.getMessage('macp.v1.PolicyDescriptor')).toBeDefined();
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return String(error);
  }
  throw new Error('nothing was thrown');
}

function expectInvalid(action: () => unknown, field: string, message: RegExp): void {
  expect(action).toThrow(AppError);
  expect(action).toThrow(expect.objectContaining({ code: 'INVALID_PAYLOAD' }));
  expect(action).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) as unknown }));
  expect(action).toThrow(message);
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !value.includes('\0'));
const jsonBytes = fc.dictionary(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 5 }), fc.integer(), {
  maxKeys: 3,
});
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const int64 = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()));

function scalarOf(scalar: ScalarType): fc.Arbitrary<unknown> {
  if (scalar === ScalarType.STRING) return text;
  if (scalar === ScalarType.BOOL) return fc.boolean();
  if (scalar === ScalarType.BYTES) return jsonBytes;
  if (scalar === ScalarType.DOUBLE) return real;
  if (scalar === ScalarType.UINT32) return fc.nat();
  if (scalar === ScalarType.INT64) return int64;
  throw new Error(`no payload uses ${ScalarType[scalar]}`);
}

function fieldOf(field: DescField): fc.Arbitrary<unknown> {
  if (field.fieldKind === 'scalar') return scalarOf(field.scalar);
  if (field.fieldKind === 'message') return fc.option(jsonOf(field.message), { nil: undefined });
  if (field.fieldKind === 'map')
    return fc.dictionary(text, scalarOf(field.scalar!), { maxKeys: 3, noNullPrototype: true });
  if (field.fieldKind === 'list') {
    return fc.array(field.message === undefined ? scalarOf(field.scalar!) : jsonOf(field.message), { maxLength: 3 });
  }
  throw new Error('no payload has an enum field');
}

/** Complete JSON of a message: every field but unset sub-messages. */
function jsonOf(type: DescMessage): fc.Arbitrary<JsonObject> {
  const fields = Object.fromEntries(type.fields.map((field) => [field.jsonName, fieldOf(field)]));
  return fc
    .record(fields)
    .map((json) => Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined)) as JsonObject);
}

function snakeCase(type: DescMessage, json: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [type.fields.find(({ jsonName }) => jsonName === key)!.name, value]),
  );
}
