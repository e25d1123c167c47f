import { SESSION_PARTICIPANTS_MAX } from '../contracts/session.js';

/**
 * Every limit of the read model. Together they give the stored projection a fixed ceiling, so that folding one event
 * costs the same in a run of a thousand events and in one of a hundred thousand.
 */

/** Participants, their graph nodes and their metrics rows. More are not added; the view says so. */
export const PARTICIPANTS_MAX = SESSION_PARTICIPANTS_MAX;
/** Over it the edge that has stood first in the list longest goes. */
export const EDGES_MAX = 300;
/** Edges from the opener of a session to the others, drawn at SessionStart. */
export const KICKOFF_EDGES_MAX = 100;

/** Entries of `decision.current.proposals`; the oldest goes. */
export const DECISION_ENTRIES_MAX = 50;
/** Proposals in the book; at the limit one that nobody needs any more goes (see `book.ts`). */
export const BOOK_PROPOSALS_MAX = 50;
/** Ballots of one proposal, and likewise its evaluations. Further senders are not counted. */
export const BALLOTS_MAX = 1_000;
/** Distinct voters of a run, and senders with a standing accept. Further ones are not counted. */
export const VOTERS_MAX = SESSION_PARTICIPANTS_MAX;

/** The oldest goes, in all of the following lists. */
export const SIGNALS_MAX = 200;
export const PROGRESS_MAX = 100;
export const TIMELINE_MAX = 50;
export const ARTIFACTS_MAX = 100;
export const LLM_CALLS_MAX = 100;
export const EVALUATIONS_MAX = 50;
export const EXPECTED_COMMITMENTS_MAX = 20;

/** Later ones (in sorted order) are not shown. */
export const DESIGNATED_ROLES_MAX = 64;
/** Reasons of one proposal, decision or evaluation; later ones are not shown. */
export const REASONS_MAX = 5;

/** Texts, in UTF-16 units; longer ones are cut and end in `…`. */
export const REASON_CHARS_MAX = 500;
export const SUMMARY_CHARS_MAX = 200;
export const MESSAGE_CHARS_MAX = 500;
/** Names, roles, versions and other short words. */
export const WORD_CHARS_MAX = 200;
/** Labels of proposals and descriptions of policies. */
export const LABEL_CHARS_MAX = 500;
/** The committed action is shown verbatim: this is the longest text an event carries (16 KiB and the `…`). */
export const ACTION_CHARS_MAX = 16 * 1_024 + 1;
/** Longer identifiers are shortened to a beginning and a fingerprint, so that different ones stay different. */
export const ID_CHARS_MAX = 256;

/** JSON of a signal's payload, in UTF-8 bytes; a larger one is replaced by a note of its size. */
export const SIGNAL_PAYLOAD_BYTES_MAX = 4 * 1_024;
