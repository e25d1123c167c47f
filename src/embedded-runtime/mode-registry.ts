import { BUILT_IN_MODES, type ModeDescription } from './modes/built-in.js';
import type { Mode } from './modes/mode.js';
import { passthroughMode } from './modes/passthrough.js';
import { isBlank } from './text.js';

type Standing = 'standard' | 'extension' | 'promoted';

/** A mode that sessions can be started in. */
export interface RegisteredMode {
  readonly description: ModeDescription;
  readonly mode: Mode;
  readonly standing: Standing;
  readonly isBuiltIn: boolean;
  /** Whether a SessionStart must be complete. */
  readonly isStrict: boolean;
}

const RESERVED_PREFIX = 'macp.mode.';
const TERMINAL_TYPE = 'Commitment';
/** Extension modes beyond this number are refused. */
const EXTENSIONS_MAX = 1000;

/** All modes by name. Refusals are texts; nothing changes when one is given. */
export class ModeRegistry {
  private readonly modes = new Map<string, RegisteredMode>();

  constructor() {
    for (const { description, mode, isStandard } of BUILT_IN_MODES) {
      const standing = isStandard ? 'standard' : 'extension';
      this.modes.set(description.mode, { description, mode, standing, isBuiltIn: true, isStrict: true });
    }
  }

  find(name: string): RegisteredMode | undefined {
    return this.modes.get(name);
  }

  /** Every name, sorted. */
  names(): string[] {
    return [...this.modes.keys()].sort();
  }

  /** The standards-track modes: the built-in ones in their order, then the promoted ones by name. */
  standard(): ModeDescription[] {
    const all = [...this.modes.values()];
    const promoted = all.filter(({ standing }) => standing === 'promoted').map(({ description }) => description);
    return [
      ...all.filter(({ standing }) => standing === 'standard').map(({ description }) => description),
      ...promoted.sort(byName),
    ];
  }

  extensions(): ModeDescription[] {
    const all = [...this.modes.values()];
    const found = all.filter(({ standing }) => standing === 'extension').map(({ description }) => description);
    return found.sort(byName);
  }

  /** What was added or promoted since the start, in an order in which it can be registered again. */
  dynamic(): RegisteredMode[] {
    return [...this.modes.values()].filter((mode) => !mode.isBuiltIn || mode.standing === 'promoted');
  }

  refuseRegistration(description: ModeDescription): string | undefined {
    const { mode, messageTypes, terminalMessageTypes } = description;
    if (isBlank(mode)) return 'the mode name must not be empty';
    if (mode.startsWith(RESERVED_PREFIX)) return `the prefix ${RESERVED_PREFIX} is reserved`;
    if (messageTypes.length === 0) return 'the mode must name its message types';
    if (isBlank(description.modeVersion)) return 'mode_version must not be empty';
    if (terminalMessageTypes.length === 0) return 'the mode must name a terminal message type';
    if (terminalMessageTypes.some((type) => type !== TERMINAL_TYPE))
      return 'the only terminal message type is Commitment';
    if (!messageTypes.includes(TERMINAL_TYPE)) return 'the terminal message type is not among the message types';
    if (this.modes.has(mode)) return `the mode ${mode} is already registered`;
    return this.dynamic().length >= EXTENSIONS_MAX ? `more than ${EXTENSIONS_MAX} extension modes` : undefined;
  }

  register(description: ModeDescription): void {
    const mode = passthroughMode(description.messageTypes);
    this.modes.set(description.mode, { description, mode, standing: 'extension', isBuiltIn: false, isStrict: false });
  }

  refuseUnregistration(name: string): string | undefined {
    const found = this.modes.get(name);
    if (!found) return `the mode ${name} is not registered`;
    if (found.isBuiltIn) return `the mode ${name} is built in`;
    return found.standing === 'promoted' ? `the mode ${name} is on the standards track` : undefined;
  }

  unregister(name: string): void {
    this.modes.delete(name);
  }

  /** `target` empty = keep the name. */
  refusePromotion(name: string, target: string): string | undefined {
    const found = this.modes.get(name);
    if (!found) return `the mode ${name} is not registered`;
    if (found.standing !== 'extension') return `the mode ${name} is already on the standards track`;
    if (target === '' || target === name) return undefined;
    if (target.startsWith(RESERVED_PREFIX)) return `the prefix ${RESERVED_PREFIX} is reserved`;
    return this.modes.has(target) ? `the mode ${target} is already registered` : undefined;
  }

  /** Returns the name under which the mode is known from now on. */
  promote(name: string, target: string): string {
    const found = this.modes.get(name);
    if (!found) throw new Error(`promotion of ${name} was not refused`);
    const promoted = target === '' ? name : target;
    this.modes.delete(name);
    const description = { ...found.description, mode: promoted };
    this.modes.set(promoted, { ...found, description, standing: 'promoted', isStrict: true });
    return promoted;
  }
}

function byName(a: ModeDescription, b: ModeDescription): number {
  return a.mode < b.mode ? -1 : 1;
}
