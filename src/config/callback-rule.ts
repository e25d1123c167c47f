import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Hosts that may be called: by name, with all names below a domain (`*.example.org`), or by address. */
export interface HostPattern {
  /** Lower case, punycode, without a trailing dot; an IPv6 address without brackets. */
  readonly host: string;
  /** Every name below `host`, and not `host` itself. */
  readonly below: boolean;
  /** undefined = any port. */
  readonly port: number | undefined;
}

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

const PORT_MAX = 65_535;
const PATTERN = /^(\*\.)?(\[[^\]]+\]|[^:[\]/@?#\s]+)(?::(\d{1,5}))?$/;

/** undefined = not a host. The host is read as a URL reads it, so both sides of a comparison have one spelling. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const [, wildcard, host, port] = PATTERN.exec(text) ?? [];
  if (host === undefined || host.includes('*') || Number(port ?? 1) > PORT_MAX || Number(port ?? 1) === 0) {
    return undefined;
  }
  const canonical = canonicalHost(host);
  if (canonical === undefined || (wildcard !== undefined && ipaddr.isValid(canonical))) return undefined;
  return { host: canonical, below: wildcard !== undefined, port: port === undefined ? undefined : Number(port) };
}

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

/** A host as a URL has it: numbers in any notation are an address, names are lower case. undefined = no host. */
export function canonicalHost(host: string): string | undefined {
  if (!URL.canParse(`http://${host}/`)) return undefined;
  const { hostname } = new URL(`http://${host}/`);
  return withoutDecoration(hostname);
}

/** Without the brackets of an IPv6 address and the dot that ends a rooted name. */
export function withoutDecoration(hostname: string): string {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}

/** Four decimal numbers or IPv6 without a zone: the notations that mean one thing everywhere. */
function isPlainAddress(text: string): boolean {
  if (text.includes(':')) return !text.includes('%') && ipaddr.IPv6.isValid(text);
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}
