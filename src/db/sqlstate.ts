/**
 * SQLSTATE classes that say nothing about the statement, only about the moment: connection (08), rollback by
 * serialisation or deadlock (40), resources (53), operator or timeout (57), system (58), and single codes beside them:
 * lock not available, transaction timeouts, a standby that does not take writes.
 */
const TRANSIENT = /^(?:08|40|53|57|58)...$|^(?:55P03|25P02|25P03|25P04|25006)$/;

const SQLSTATE = /^[0-9A-Z]{5}$/;

const UNIQUE_VIOLATION = '23505';
const QUERY_CANCELED = '57014';

/** How far down an error's causes the database's own error is looked for. */
const CAUSE_DEPTH_MAX = 5;

interface DatabaseFault {
  readonly sqlState: string;
  /** Name of the violated constraint or unique index, if the fault is a violation. */
  readonly constraint: string | undefined;
}

/** What the server said, or undefined when the error is not an answer of the server. */
export function faultOf(error: unknown): DatabaseFault | undefined {
  let current = error;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && current instanceof Error; depth += 1) {
    // Node's system errors have a code too (EPIPE), but no severity; a server's answer always has one.
    const code: unknown = Reflect.get(current, 'code');
    if (typeof code === 'string' && SQLSTATE.test(code) && typeof Reflect.get(current, 'severity') === 'string') {
      const constraint: unknown = Reflect.get(current, 'constraint');
      return { sqlState: code, constraint: typeof constraint === 'string' ? constraint : undefined };
    }
    current = current.cause;
  }
  return undefined;
}

/** Whether the very same work may succeed when it is tried again. What never reached the server may. */
export function isTransient(fault: DatabaseFault): boolean {
  return TRANSIENT.test(fault.sqlState);
}

/** Whether the server ended the statement because it took too long. */
export function isTimeout(error: unknown): boolean {
  return faultOf(error)?.sqlState === QUERY_CANCELED;
}

/** The violated unique constraint's name, or undefined. */
export function violatedUnique(error: unknown): string | undefined {
  const fault = faultOf(error);
  return fault?.sqlState === UNIQUE_VIOLATION ? (fault.constraint ?? '') : undefined;
}
