import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react';

/** As high as .virtual-row; all rows are, so that any of 50 000 can be jumped to without measuring. Pixels. */
const ROW_HEIGHT = 36;
const OVERSCAN = 8;
/** Nearer to the end than this, the list follows what comes. Pixels. */
const END_NEAR = 60;

type KeyOf = (index: number) => string;

interface Props {
  readonly label: string;
  readonly count: number;
  /** A link or button with `data-index={index}`, or what stands for one that is being loaded. */
  readonly row: (index: number) => ReactNode;
  /** What tells a row from others; needed where rows come in before the first one. */
  readonly keyOf?: KeyOf;
  /** Brought into sight, once. */
  readonly jumpTo?: number | undefined;
  readonly onVisible?: (first: number, last: number) => void;
  /** Whether the end stays in sight as rows are added. */
  readonly follow?: boolean;
  readonly onFollow?: (follow: boolean) => void;
}

/** A long list of which only the rows in sight are in the page. Arrows, Page, Home and End walk through all of it. */
export function VirtualList({ label, count, row, keyOf, jumpTo, onVisible, follow = false, onFollow }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [isHeld, setHeld] = useState(false);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    ...(keyOf && {
      getItemKey: keyOf,
      // Rows that come in before the first one push nothing away from whoever reads further down, or walks by keys, whose row
      // would go out of the page and take the focus with it; else, at the top, they are seen.
      anchorTo: isHeld ? ('end' as const) : ('start' as const),
    }),
    // Rows come within the frame as it is; at once they would hold it up.
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => onVisible?.(first, last), [first, last, onVisible]);
  useLayoutEffect(() => {
    // A row that has the focus would go out of the page, and take the keyboard with it.
    if (box.current === null || hasFocusWithin(box.current)) return;
    if (follow && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [follow, count, virtual]);
  useJump(jumpTo, count, virtual.scrollToIndex);
  const walk = useWalk(box, count, virtual.scrollToIndex);
  const noteReader = ({ currentTarget }: { readonly currentTarget: HTMLDivElement }): void =>
    setHeld(currentTarget.scrollTop > 0 || hasFocusWithin(currentTarget));
  return (
    <div
      ref={box}
      className="virtual-list"
      tabIndex={0}
      role="group"
      aria-label={label}
      onFocus={noteReader}
      onBlur={noteReader}
      onScroll={(event) => {
        noteReader(event);
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        onFollow?.(scrollHeight - scrollTop - clientHeight < END_NEAR);
      }}
      onKeyDown={walk}
    >
      <ol style={{ height: virtual.getTotalSize() }} className="virtual-rows">
        {items.map(({ index, key, start }) => (
          <li
            key={key}
            className="virtual-row"
            style={{ transform: `translateY(${start}px)` }}
            aria-setsize={count}
            aria-posinset={index + 1}
          >
            {row(index)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function useJump(index: number | undefined, count: number, scrollTo: (index: number) => void): void {
  const reached = useRef<number>(undefined);
  useEffect(() => {
    if (index === undefined || index < 0 || reached.current === index || index >= count) return;
    reached.current = index;
    scrollTo(index);
  }, [index, count, scrollTo]);
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 };

/** Walks from row to row by keys. While a row is on its way the box has the focus, so that the next key is heard too. */
function useWalk(
  box: RefObject<HTMLDivElement | null>,
  count: number,
  scrollTo: (index: number) => void,
): (event: KeyboardEvent<HTMLDivElement>) => void {
  const wanted = useRef<number>(undefined);
  // After every rendering: it may have brought the row.
  useEffect(() => {
    if (wanted.current === undefined || box.current === null) return;
    const row = rowIn(box.current, wanted.current);
    // Whoever went elsewhere meanwhile stays there.
    if (row === null && document.activeElement === box.current) return;
    if (document.activeElement === box.current) row?.focus({ preventScroll: true });
    wanted.current = undefined;
  });
  return (event) => {
    const { currentTarget, key } = event;
    const focused = wanted.current ?? indexOf(document.activeElement);
    const target = targetOf(key, focused ?? besideSight(currentTarget, STEPS[key] ?? 0), count);
    if (target === undefined) return;
    event.preventDefault();
    const row = rowIn(currentTarget, target);
    wanted.current = row === null ? target : undefined;
    (row ?? currentTarget).focus({ preventScroll: true });
    scrollTo(target);
  };
}

/** Whether a row has the focus; the box itself is none. */
function hasFocusWithin(box: HTMLDivElement): boolean {
  return document.activeElement !== box && box.contains(document.activeElement);
}

function rowIn(box: HTMLDivElement, index: number): HTMLElement | null {
  return box.querySelector<HTMLElement>(`[data-index="${index}"]`);
}

function indexOf(element: Element | null): number | undefined {
  const index = element?.getAttribute('data-index') ?? undefined;
  return index === undefined ? undefined : Number(index);
}

/** Where to step from while no row has the focus, so that one step leads to the first row in sight, or back to the last. */
function besideSight({ scrollTop, clientHeight }: HTMLDivElement, step: number): number {
  return step > 0 ? Math.ceil(scrollTop / ROW_HEIGHT) - 1 : Math.floor((scrollTop + clientHeight) / ROW_HEIGHT);
}

function targetOf(key: string, current: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = STEPS[key];
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, current + step));
}
