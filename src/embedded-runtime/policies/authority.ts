import type { JsonObject } from '../../contracts/json.js';
import { bindRules, commitmentRules } from './rules.js';

/** Whether a sender may commit. */
export type Authority = (sender: string) => boolean;

interface Parties {
  readonly initiator: string;
  readonly members: ReadonlySet<string>;
}

/** Who may commit under these rules. An unknown value of `authority` means the initiator only. */
export function authorityOf(rules: JsonObject, { initiator, members }: Parties): Authority {
  const { authority, designated_roles } = bindRules(commitmentRules, rules).rules.commitment;
  if (authority === 'any_participant') return (sender) => sender === initiator || members.has(sender);
  if (authority === 'designated_role') {
    const roles = new Set(designated_roles);
    return (sender) => roles.has(sender);
  }
  return (sender) => sender === initiator;
}
