import { create } from '@bufbuild/protobuf';
import canonicalize from 'canonicalize';
import type { JsonObject, JsonValue } from '../contracts/json.js';
import { PolicyDescriptorSchema, type PolicyDescriptor } from '../gen/macp/v1/policy_pb.js';
import { isBlank } from './text.js';
import type { PolicyDefinition } from './policies/definition.js';

/** The rules come back with sorted keys; the time of registration is not kept. */
export function toDescriptor({
  policyId,
  mode,
  description,
  rules,
  schemaVersion,
}: PolicyDefinition): PolicyDescriptor {
  return create(PolicyDescriptorSchema, {
    policyId,
    mode,
    description,
    rules: canonicalize(rules) ?? '{}',
    schemaVersion,
  });
}

/** Undefined = the rules are not the text of a JSON object. */
export function toDefinition(descriptor: PolicyDescriptor): PolicyDefinition | undefined {
  const rules = parseObject(descriptor.rules);
  if (!rules) return undefined;
  const { policyId, mode, description, schemaVersion } = descriptor;
  return { policyId, mode, description, rules, schemaVersion };
}

/** No text at all means no rules. */
function parseObject(text: string): JsonObject | undefined {
  if (isBlank(text)) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON at all.
    return undefined;
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isJson);
}

function isJson(value: unknown): value is JsonValue {
  if (Array.isArray(value)) return value.every(isJson);
  return value === null || typeof value !== 'object' || isJsonObject(value);
}
