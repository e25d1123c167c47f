import { hasCode } from '../errors/app-error.js';
import type { Database } from './database.client.js';
import { areJoinable, fitting, joined, sizeOf, type JoinLimits, type Size } from './joined-writes.js';
import type { Write } from './statement.js';

/** What one statement takes of several callers. */
const LIMITS: JoinLimits = { callers: 64, rows: 1_000, units: 4 * 1024 * 1024 };
/** Shared statements at the database at once: one is answered while the next one is on its way. */
const UNDER_WAY_MAX = 2;
/** Callers that wait for a statement, and for a turn; beyond that nobody is gathered. */
const WAITING_MAX = 10_000;

interface Waiting extends Size {
  readonly writes: readonly Write[];
  readonly onSent: () => void;
  readonly settle: (outcome: boolean | Promise<boolean>) => void;
}

/**
 * Conditional writes of callers who do not know each other, several to a statement: what a statement costs by itself is
 * then shared by all of them. Each is told what became of its own. A statement leaves when one of UNDER_WAY_MAX places is
 * free and nobody else is about to join it, or when it is full.
 *
 * Whoever has something to work out first asks for its turn. Turns are given one per turn of the event loop, and none while
 * a full statement waits already: so what arrives meanwhile gathers at its owner, and is worked out in one go. Nor while a
 * statement is leaving: working something out keeps the thread, and the server would wait for the rest of what it is sent.
 */
export class SharedWrites {
  private readonly line: Waiting[] = [];
  private readonly turns = new Set<() => void>();
  private underWay = 0;
  /** Statements of which the server has not read all yet. */
  private leaving = 0;
  private isTurnTaken = false;

  constructor(private readonly database: Pick<Database, 'writeIf'>) {}

  /** Waits for its turn; when `signal` aborts, no longer. Never rejects. */
  turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.turns.size >= WAITING_MAX) return Promise.resolve();
    const turn = new Promise<void>((resolve) => {
      const admit = (): void => {
        this.turns.delete(admit);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        admit();
        this.advance();
      };
      this.turns.add(admit);
      signal.addEventListener('abort', leave, { once: true });
    });
    this.admit();
    return turn;
  }

  /** As `Database.writeIf`; `onSent` is called once the writes have left this process, if that is before the answer. */
  writeIf(writes: readonly Write[], onSent: () => void): Promise<boolean> {
    if (this.line.length >= WAITING_MAX || !areJoinable(writes))
      return this.database.writeIf(writes, undefined, onSent);
    return new Promise((settle) => {
      this.line.push({ writes, ...sizeOf(writes), onSent, settle });
      this.advance();
    });
  }

  private isFull(): boolean {
    const ahead = this.line.slice(0, LIMITS.callers);
    return fitting([...ahead, NEXT], LIMITS) <= ahead.length;
  }

  /** Gives the next one its turn, if it may have it. */
  private admit(): boolean {
    const [next] = this.turns;
    if (next === undefined || this.isTurnTaken || this.leaving > 0 || this.isFull()) return false;
    this.isTurnTaken = true;
    setImmediate(() => {
      this.isTurnTaken = false;
      // Whoever had the turn has joined by now, or has nothing to write.
      if (!this.admit()) this.advance();
    });
    next();
    return true;
  }

  private advance(): void {
    while (this.line.length > 0 && this.underWay < UNDER_WAY_MAX && (this.turns.size === 0 || this.isFull())) {
      const group = this.line.splice(0, fitting(this.line, LIMITS));
      this.underWay += 1;
      void this.send(group).finally(() => {
        this.underWay -= 1;
        this.advance();
      });
    }
    this.admit();
  }

  private async send(group: readonly Waiting[]): Promise<void> {
    let hasLeft = false;
    const sent = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      this.leaving -= 1;
      group.forEach(({ onSent }) => onSent());
      this.admit();
    };
    this.leaving += 1;
    const outcome = this.database.writeIf(joined(group.map(({ writes }) => writes)), undefined, sent);
    void outcome.finally(sent).catch(() => undefined);
    if (group.length > 1 && (await isRefused(outcome))) {
      this.sendApart(group);
      return;
    }
    group.forEach(({ settle }) => settle(outcome));
    await outcome.catch(() => undefined);
  }

  /** Nothing of the group was written. */
  private sendApart(group: readonly Waiting[]): void {
    for (const { writes, settle } of group) settle(this.database.writeIf(writes));
  }
}

/** Somebody who may still come: with how much is not known yet. */
const NEXT: Size = { rows: 1, units: 1 };

/**
 * Whether the server wrote nothing because of one of the group: it was not as its owner knew it, or what it brought is
 * refused. The others' may be good. Without an answer nobody knows, and each looks for its own.
 */
async function isRefused(outcome: Promise<boolean>): Promise<boolean> {
  try {
    return !(await outcome);
  } catch (error) {
    return !hasCode(error, 'DATABASE_UNAVAILABLE');
  }
}
