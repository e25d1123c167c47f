import ipaddr from 'ipaddr.js';
import type { CallbackRule, Network } from '../config/callback-rule.js';
import { isHostOf, withoutDecoration } from '../config/host-pattern.js';

/** Longest URL that is called, in UTF-16 units. */
export const CALL_URL_UNITS_MAX = 2_048;

/** Why a URL or an address is not called. */
export type TargetRefusal =
  | 'URL_INVALID'
  | 'URL_TOO_LONG'
  | 'SCHEME_NOT_ALLOWED'
  | 'CREDENTIALS_IN_URL'
  | 'HOST_NOT_ALLOWED'
  | 'ADDRESS_NOT_ALLOWED';

export type TargetCheck =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly refusal: TargetRefusal; readonly host?: string };

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:']);

/**
 * Where clouds keep the credentials of a machine. A network that merely contains one of them does not open it; it has to
 * be listed by itself.
 */
const METADATA_ADDRESSES = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
].map((address) => ipaddr.parse(address));

/** Addresses that the Internet hands out in IPv6; whatever lies beside has a special meaning or none. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** IPv4 behind a translator, and the deprecated notation of IPv4 in IPv6: judged as the IPv4 they lead to. */
const TRANSLATED: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96];
const COMPATIBLE: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('::'), 96];

/** Judges what can be judged before a name is resolved: the form of the URL, its host, and a host that is an address. */
export function checkTarget(text: string, rule: CallbackRule): TargetCheck {
  if (text.length > CALL_URL_UNITS_MAX) return { ok: false, refusal: 'URL_TOO_LONG' };
  if (!URL.canParse(text)) return { ok: false, refusal: 'URL_INVALID' };
  const url = new URL(text);
  if (!SCHEMES.has(url.protocol)) return { ok: false, refusal: 'SCHEME_NOT_ALLOWED' };
  const host = withoutDecoration(url.hostname);
  if (host === '') return { ok: false, refusal: 'URL_INVALID' };
  if (url.username !== '' || url.password !== '') return { ok: false, refusal: 'CREDENTIALS_IN_URL', host };
  if (!rule.hosts.some((pattern) => isHostOf(pattern, url))) return { ok: false, refusal: 'HOST_NOT_ALLOWED', host };
  if (ipaddr.isValid(host) && !isAllowedAddress(host, rule)) {
    return { ok: false, refusal: 'ADDRESS_NOT_ALLOWED', host };
  }
  return { ok: true, url };
}

/** Whether a connection may be made to this address, as a resolver returns it or a URL names it. */
export function isAllowedAddress(text: string, rule: CallbackRule): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = meant(ipaddr.parse(text));
  if (METADATA_ADDRESSES.some((one) => isSame(one, address))) {
    return rule.networks.some((network) => isWhole(network) && isSame(meant(network.address), address));
  }
  return isPublic(address) || rule.networks.some((network) => contains(network, address));
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST);
}

/** The address to which a connection really goes: IPv4 may be wrapped in IPv6 in three ways. */
function meant(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (!address.match(TRANSLATED) && !address.match(COMPATIBLE)) return address;
  // :: and ::1 are addresses of their own, not wrapped ones.
  if (address.range() === 'unspecified' || address.range() === 'loopback') return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

function contains(network: Network, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const base = network.address;
  if (base instanceof ipaddr.IPv4) return address instanceof ipaddr.IPv4 && address.match(base, network.bits);
  return address instanceof ipaddr.IPv6 && address.match(base, network.bits);
}

function isWhole(network: Network): boolean {
  return network.bits === (network.address.kind() === 'ipv4' ? 32 : 128);
}

function isSame(one: ipaddr.IPv4 | ipaddr.IPv6, other: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return one.kind() === other.kind() && one.toNormalizedString() === other.toNormalizedString();
}
