import { type DescEnum, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { JsonObject, JsonValue } from '../contracts/json.js';
import { storable } from '../contracts/text.js';
import { type ValueReader, jsonInteger, jsonNumber, joined } from './json-values.js';

/**
 * A protobuf message as camelCase JSON. Every scalar, list and map is present (with its proto3 default); an unset
 * sub-message or oneof member is absent. Enum values appear by name, unknown ones by number.
 */
export function toPlainJson(type: DescMessage, message: Message, reader: ValueReader, path = ''): JsonObject {
  const fields: Record<string, JsonValue> = {};
  // Reflection costs more than the rest, and most fields need none.
  let reflected: ReflectMessage | undefined;
  for (const field of type.fields) {
    const at = joined(path, field.jsonName);
    const plain = plainValue(message, field);
    if (plain !== undefined) {
      fields[field.jsonName] =
        field.fieldKind === 'enum' ? enumName(field.enum, Number(plain)) : scalar(plain, reader, at);
      continue;
    }
    reflected ??= reflect(type, message);
    const optional = field.fieldKind === 'message' || field.oneof !== undefined;
    if (optional && !reflected.isSet(field)) continue;
    // A name of the protocol's own files: none of them means something to an object.
    fields[field.jsonName] = fieldValue(reflected, field, reader, at);
  }
  return fields;
}

/** The value of a scalar or an enum that stands in the message as it is. */
function plainValue(message: Message, field: DescField): unknown {
  const isPlain = field.fieldKind === 'enum' || (field.fieldKind === 'scalar' && !field.longAsString);
  return isPlain && field.oneof === undefined ? Reflect.get(message, field.localName) : undefined;
}

function messageFields({ desc, message }: ReflectMessage, reader: ValueReader, path: string): JsonObject {
  return toPlainJson(desc, message, reader, path);
}

function fieldValue(message: ReflectMessage, field: DescField, reader: ValueReader, path: string): JsonValue {
  switch (field.fieldKind) {
    case 'scalar':
      return scalar(message.get(field), reader, path);
    case 'enum':
      return enumName(field.enum, message.get(field));
    case 'message':
      return messageFields(message.get(field), reader, path);
    case 'list': {
      const element = elementReader(field.listKind === 'enum' ? field.enum : undefined, reader);
      return Array.from(message.get(field), (item, index) => element(item, `${path}[${index}]`));
    }
    case 'map': {
      const element = elementReader(field.mapKind === 'enum' ? field.enum : undefined, reader);
      return Object.fromEntries(
        Array.from(message.get(field), ([key, item]) => {
          const name = storable(String(key));
          return [name, element(item, joined(path, name))];
        }),
      );
    }
  }
}

function elementReader(enumType: DescEnum | undefined, reader: ValueReader) {
  return (item: unknown, path: string): JsonValue => {
    if (enumType !== undefined) return enumName(enumType, Number(item));
    return isReflectMessage(item) ? messageFields(item, reader, path) : scalar(item, reader, path);
  };
}

function isReflectMessage(item: unknown): item is ReflectMessage {
  return typeof item === 'object' && item !== null && 'desc' in item && 'isSet' in item;
}

function enumName(type: DescEnum, value: number): string | number {
  return type.value[value]?.name ?? value;
}

function scalar(value: unknown, reader: ValueReader, path: string): JsonValue {
  if (typeof value === 'string') return reader.text(value, path);
  if (typeof value === 'bigint') return jsonInteger(value);
  if (typeof value === 'number') return jsonNumber(value);
  if (typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return reader.bytes(value, path);
  return null;
}
