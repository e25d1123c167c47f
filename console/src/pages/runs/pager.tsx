import { useState } from 'react';
import { Button } from '../../ui/button.js';

/** So many pages back are remembered; whoever went further begins anew. */
const TRAIL_MAX = 500;
/** The place of the first page, which has no cursor. */
const START = '';

interface Props {
  readonly cursor: string | undefined;
  readonly nextCursor: string | null;
  readonly shown: number;
  /** Undefined: the first page. */
  readonly onCursor: (cursor: string | undefined) => void;
}

/**
 * Forth and back through a list by its cursors. The API only goes forth: where one came from is remembered here, and lost with
 * the page, so that a shared address offers the beginning instead.
 */
export function Pager({ cursor, nextCursor, shown, onCursor }: Props) {
  const [trail, setTrail] = useState<readonly string[]>([]);
  const here = cursor ?? START;
  const place = trail.lastIndexOf(here);
  const previous = place > 0 ? trail[place - 1] : undefined;
  const go = (next: string | undefined): void => {
    onCursor(next === START ? undefined : next);
    window.scrollTo({ top: 0 });
  };
  const forth = (next: string): void => {
    // Pressed once more while that page is on its way.
    if (next === here) return;
    setTrail([...(place < 0 ? [here] : trail.slice(0, place + 1)), next].slice(-TRAIL_MAX));
    go(next);
  };
  if (cursor === undefined && nextCursor === null) return null;
  return (
    <nav className="runs-pager" aria-label="Pages of the list">
      <Button isDisabled={cursor === undefined} onPress={() => go(undefined)}>
        First page
      </Button>
      <Button isDisabled={previous === undefined} onPress={() => go(previous)}>
        Previous page
      </Button>
      <span className="quiet number">{shown} on this page</span>
      <Button isDisabled={nextCursor === null} onPress={() => nextCursor !== null && forth(nextCursor)}>
        Next page
      </Button>
    </nav>
  );
}
