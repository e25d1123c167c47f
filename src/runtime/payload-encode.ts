import { ScalarType, create, type DescEnum, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { cut } from '../contracts/text.js';
import { AppError } from '../errors/app-error.js';
import { isJsonObject, joined } from './json-values.js';

type ElementKind = { readonly scalar: ScalarType } | { readonly enum: DescEnum } | { readonly message: DescMessage };

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const INTEGER = /^-?\d{1,20}$/;
/** Longest value quoted in an error, in UTF-16 units. */
const QUOTED_UNITS_MAX = 60;

/**
 * JSON → protobuf, strictly. Fields are accepted in camelCase and in snake_case; null counts as absent. A bytes field
 * takes base64 as a string, and an object or array as its own UTF-8 JSON text.
 * Throws AppError `INVALID_PAYLOAD` naming path and type for unknown fields, wrong types and values out of range.
 */
export function toMessage(type: DescMessage, json: unknown, path = ''): Message {
  const message = create(type);
  fill(reflect(type, message), json, path);
  return message;
}

function fill(target: ReflectMessage, json: unknown, path: string): void {
  if (!isJsonObject(json)) throw wrong(target.desc, path, 'a JSON object', json);
  const given = new Set<string>();
  const groups = new Set<string>();
  for (const [key, value] of Object.entries(json)) {
    const here = joined(path, key);
    const field = target.fields.find((candidate) => candidate.jsonName === key || candidate.name === key);
    if (field === undefined) {
      throw refused(target.desc, here, `${target.desc.typeName} has no field '${cut(here, QUOTED_UNITS_MAX)}'`);
    }
    if (value === undefined || value === null) continue;
    if (given.has(field.name)) throw refused(target.desc, here, `'${cut(here, QUOTED_UNITS_MAX)}' is given twice`);
    given.add(field.name);
    if (field.oneof !== undefined) {
      if (groups.has(field.oneof.name)) {
        throw refused(
          target.desc,
          here,
          `'${cut(here, QUOTED_UNITS_MAX)}' excludes another member of '${field.oneof.name}'`,
        );
      }
      groups.add(field.oneof.name);
    }
    setField(target, field, value, here);
  }
}

function setField(target: ReflectMessage, field: DescField, value: unknown, path: string): void {
  const type = target.desc;
  switch (field.fieldKind) {
    case 'scalar':
      target.set(field, scalarValue(type, field.scalar, value, path));
      return;
    case 'enum':
      target.set(field, enumValue(type, field.enum, value, path));
      return;
    case 'message':
      target.set(field, reflect(field.message, toMessage(field.message, value, path)));
      return;
    case 'list': {
      if (!Array.isArray(value)) throw wrong(type, path, 'an array', value);
      const list = target.get(field);
      value.forEach((item, index) => list.add(element(type, listKindOf(field), item, `${path}[${index}]`)));
      return;
    }
    case 'map': {
      if (!isJsonObject(value)) throw wrong(type, path, 'a JSON object', value);
      const map = target.get(field);
      for (const [key, item] of Object.entries(value)) {
        map.set(key, element(type, mapKindOf(field), item, joined(path, key)));
      }
      return;
    }
  }
}

function listKindOf(field: DescField & { fieldKind: 'list' }): ElementKind {
  if (field.listKind === 'message') return { message: field.message };
  return field.listKind === 'enum' ? { enum: field.enum } : { scalar: field.scalar };
}

function mapKindOf(field: DescField & { fieldKind: 'map' }): ElementKind {
  if (field.mapKind === 'message') return { message: field.message };
  return field.mapKind === 'enum' ? { enum: field.enum } : { scalar: field.scalar };
}

function element(type: DescMessage, kind: ElementKind, value: unknown, path: string): unknown {
  if ('message' in kind) return reflect(kind.message, toMessage(kind.message, value, path));
  if ('enum' in kind) return enumValue(type, kind.enum, value, path);
  return scalarValue(type, kind.scalar, value, path);
}

function enumValue(type: DescMessage, target: DescEnum, value: unknown, path: string): number {
  const found = target.values.find((candidate) => candidate.name === value || candidate.number === value);
  if (found === undefined) throw wrong(type, path, `a value of ${target.typeName}`, value);
  return found.number;
}

function scalarValue(type: DescMessage, scalar: ScalarType, value: unknown, path: string) {
  switch (scalar) {
    case ScalarType.STRING:
      if (typeof value !== 'string') throw wrong(type, path, 'a string', value);
      // Half a surrogate pair has no UTF-8; the wire would not carry what the caller wrote.
      if (/\p{Surrogate}/u.test(value)) throw wrong(type, path, 'well-formed text', value);
      return value;
    case ScalarType.BOOL:
      if (typeof value !== 'boolean') throw wrong(type, path, 'true or false', value);
      return value;
    case ScalarType.BYTES:
      return bytesValue(type, value, path);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(type, path, 'a number', value);
      return value;
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return Number(integer(type, value, path, -(2n ** 31n), 2n ** 31n - 1n));
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return Number(integer(type, value, path, 0n, 2n ** 32n - 1n));
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return integer(type, value, path, -(2n ** 63n), 2n ** 63n - 1n);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return integer(type, value, path, 0n, 2n ** 64n - 1n);
  }
}

function integer(type: DescMessage, value: unknown, path: string, min: bigint, max: bigint): bigint {
  const written = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof written !== 'string' || !INTEGER.test(written)) throw wrong(type, path, 'an integer', value);
  const exact = BigInt(written);
  if (exact < min || exact > max) throw wrong(type, path, `an integer from ${String(min)} to ${String(max)}`, value);
  return exact;
}

function bytesValue(type: DescMessage, value: unknown, path: string): Uint8Array {
  if (typeof value === 'object' && value !== null) return new TextEncoder().encode(JSON.stringify(value));
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
  if (bytes === undefined) throw wrong(type, path, 'base64 text, or a JSON object or array', value);
  return bytes;
}

/** Standard and URL-safe alphabets, with or without padding; undefined for anything else. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!BASE64.test(text)) return undefined;
  const digits = text.replace(/=+$/, '');
  if (digits.length % 4 === 1) return undefined;
  if (text.length !== digits.length && text.length % 4 !== 0) return undefined;
  return new Uint8Array(Buffer.from(digits, 'base64'));
}

function wrong(type: DescMessage, path: string, expected: string, got: unknown): AppError {
  const where = path === '' ? 'the payload' : `'${cut(path, QUOTED_UNITS_MAX)}'`;
  return refused(type, path, `${where} of ${type.typeName} must be ${expected}, not ${quoted(got)}`);
}

function refused(type: DescMessage, path: string, sentence: string): AppError {
  return new AppError('INVALID_PAYLOAD', sentence, { field: cut(path, QUOTED_UNITS_MAX), typeName: type.typeName });
}

/** Says what kind of thing was given; the value itself may be private and stays out of the message. */
function quoted(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'this string';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
