import ipaddr from 'ipaddr.js';
import type { HostPattern } from './host-pattern.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** Where the control plane may send requests that others ask it to send. Nowhere, unless something is listed. */
export interface CallbackRule {
  readonly hosts: readonly HostPattern[];
  /** Networks that may be reached although they are not public. */
  readonly networks: readonly Network[];
}

/** Entries of a list that are read at most; a longer one is refused. */
export const RULE_ENTRIES_MAX = 200;

/** `10.0.0.0/8`, `fd00::/8`, or one address; IPv4 in its own notation only. undefined = not a network. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  if (rest.length > 0 || !isPlainAddress(address)) return undefined;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return undefined;
  const width = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return { address: parsed, bits: width };
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? { address: parsed, bits: Number(bits) } : undefined;
}

/** Four decimal numbers or IPv6 without a zone: the notations that mean one thing everywhere. */
function isPlainAddress(text: string): boolean {
  if (text.includes(':')) return !text.includes('%') && ipaddr.IPv6.isValid(text);
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}
