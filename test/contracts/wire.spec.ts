import { ScalarType, type DescField, type DescMethod } from '@bufbuild/protobuf';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KNOWN_PAYLOADS, payloadTypeOf, protoRegistry } from '../../src/runtime/proto-registry.js';
import { rpcPath } from '../../src/runtime/rpc.client.js';

const names = z.record(z.string(), z.array(z.string()));
const table = z
  .object({
    about: z.string(),
    files: z.array(z.string()),
    messages: names,
    enums: names,
    rpcs: z.record(z.string(), z.string()),
    payloads: z.record(z.string(), z.record(z.string(), z.string())),
  })
  .parse(JSON.parse(readFileSync(new URL('wire-table.json', import.meta.url), 'utf8')));

const types = [...protoRegistry];
const messages = types.filter((type) => type.kind === 'message');
const enums = types.filter((type) => type.kind === 'enum');
const methods = types.filter((type) => type.kind === 'service').flatMap((service) => service.methods);

function scalarName(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}

function typeName(field: DescField): string {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarName(field.scalar);
    case 'enum':
      return field.enum.typeName;
    case 'message':
      return field.message.typeName;
    case 'list':
      return `repeated ${field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar!)}`;
    case 'map': {
      const value = field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar!);
      return `map<${scalarName(field.mapKey)}, ${value}>`;
    }
  }
}

function line(field: DescField): string {
  const group = field.oneof === undefined ? '' : ` oneof ${field.oneof.name}`;
  return `${field.number} ${field.name} ${typeName(field)}${group}`;
}

function signature(method: DescMethod): string {
  const kind = method.methodKind;
  const request = kind === 'client_streaming' || kind === 'bidi_streaming' ? 'stream ' : '';
  const response = kind === 'server_streaming' || kind === 'bidi_streaming' ? 'stream ' : '';
  return `${request}${method.input.typeName} -> ${response}${method.output.typeName}`;
}

describe('the generated code against the wire format', () => {
  it('has the same files', () => {
    const files = new Set([...messages, ...enums].map((type) => `${type.file.name}.proto`));
    expect([...files].sort()).toEqual(table.files);
  });

  it('has the same messages and fields: number, name, type, label, oneof', () => {
    const generated = Object.fromEntries(
      messages.map((type) => [type.typeName, [...type.fields].sort((a, b) => a.number - b.number).map(line)]),
    );
    expect(Object.keys(generated)).toHaveLength(104);
    expect(generated).toEqual(table.messages);
  });

  it('has the same enums', () => {
    const generated = Object.fromEntries(
      enums.map((type) => [type.typeName, type.values.map(({ number, name }) => `${number} ${name}`)]),
    );
    expect(generated).toEqual(table.enums);
  });

  it('has the same calls, with their paths and streaming sides', () => {
    const generated = Object.fromEntries(methods.map((method) => [rpcPath(method), signature(method)]));
    expect(Object.keys(generated)).toHaveLength(24);
    expect(generated).toEqual(table.rpcs);
  });

  it('maps the same message types to payloads, per mode', () => {
    const mapped: Record<string, Record<string, string>> = {};
    for (const { mode, messageType, type } of KNOWN_PAYLOADS) (mapped[mode] ??= {})[messageType] = type.typeName;
    expect(mapped).toEqual(table.payloads);
    expect(payloadTypeOf('macp.mode.task.v1', 'Commitment')?.typeName).toBe('macp.v1.CommitmentPayload');
    expect(payloadTypeOf('macp.mode.quorum.v1', 'Reject')?.typeName).toBe('macp.modes.quorum.v1.RejectPayload');
    expect(payloadTypeOf('macp.mode.proposal.v1', 'Reject')?.typeName).toBe('macp.modes.proposal.v1.RejectPayload');
    expect(payloadTypeOf('my.mode.v1', 'Proposal')).toBeUndefined();
    expect(payloadTypeOf('__proto__', 'constructor')).toBeUndefined();
  });
});
