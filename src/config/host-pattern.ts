import ipaddr from 'ipaddr.js';

/** Hosts of a list: by name, with all names below a domain (`*.example.org`), or by address. */
export interface HostPattern {
  /** Lower case, punycode, without a trailing dot; an IPv6 address without brackets. */
  readonly host: string;
  /** Every name below `host`, and not `host` itself. */
  readonly below: boolean;
  /** undefined = any port. */
  readonly port: number | undefined;
}

const PORT_MAX = 65_535;
const DEFAULT_PORT: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
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

/** Whether a URL leads to a host of the pattern. */
export function isHostOf(pattern: HostPattern, url: URL): boolean {
  const host = withoutDecoration(url.hostname);
  const port = url.port === '' ? DEFAULT_PORT[url.protocol] : Number(url.port);
  return (
    (pattern.port === undefined || pattern.port === port) &&
    (pattern.below ? host.endsWith(`.${pattern.host}`) : host === pattern.host)
  );
}

/** Whether a host, as a URL has it and without brackets, is always this machine: no name server is asked for these. */
export function isLoopbackHost(host: string): boolean {
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === 'loopback';
  return host === 'localhost' || host.endsWith('.localhost');
}
