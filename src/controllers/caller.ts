import { isHostOf, isLoopbackHost, withoutDecoration, type HostPattern } from '../config/host-pattern.js';
import { AppError } from '../errors/app-error.js';

/** What a request says of where it comes from and where it meant to go. Only browsers can be relied on to tell. */
export interface Caller {
  readonly method: string;
  /** `Host`. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly site: string | undefined;
}

/** Methods that change nothing; what they answer, a browser keeps from pages of other origins. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Why a request is not served: a page may have given its own name the address of this machine, and a page of another
 * site may have sent what needs no leave of ours. Whoever sends none of these headers is no page.
 */
export function refusalOf(
  { method, host, origin, site }: Caller,
  allowed: readonly HostPattern[],
): AppError | undefined {
  if (host !== undefined && !isAllowed(`http://${host}`, allowed)) {
    return new AppError(
      'HOST_REFUSED',
      'The service does not answer to the name in Host; if it should, list the name in ALLOWED_HOSTS.',
    );
  }
  const isForeign = site === 'cross-site' && !isAllowed(origin ?? '', allowed);
  if (isForeign && !READING.has(method)) {
    return new AppError(
      'CROSS_SITE_REFUSED',
      'A page of another site asks for a change; if it may, list its host in ALLOWED_HOSTS.',
    );
  }
  return undefined;
}

function isAllowed(text: string, allowed: readonly HostPattern[]): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return isLoopbackHost(withoutDecoration(url.hostname)) || allowed.some((pattern) => isHostOf(pattern, url));
}
