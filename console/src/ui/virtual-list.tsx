import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';

/** As high as .virtual-row; all rows are, so that any of 50 000 can be jumped to without measuring. Pixels. */
const ROW_HEIGHT = 36;
const OVERSCAN = 8;
/** Nearer to the end than this, the list follows what comes. Pixels. */
const END_NEAR = 60;

interface Props {
  readonly label: string;
  readonly count: number;
  /** A link or button with `data-index={index}`, or what stands for one that is being loaded. */
  readonly row: (index: number) => ReactNode;
  /** Brought into sight, once. */
  readonly jumpTo?: number | undefined;
  readonly onVisible?: (first: number, last: number) => void;
  /** Whether the end stays in sight as rows are added. */
  readonly follow?: boolean;
  readonly onFollow?: (follow: boolean) => void;
}

/** A long list of which only the rows in sight are in the page. Arrows, Page, Home and End walk through all of it. */
export function VirtualList({ label, count, row, jumpTo, onVisible, follow = false, onFollow }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    // Rows come within the frame as it is; at once they would hold it up.
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => onVisible?.(first, last), [first, last, onVisible]);
  useLayoutEffect(() => {
    if (follow && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [follow, count, virtual]);
  useJump(jumpTo, count, virtual.scrollToIndex);
  return (
    <div
      ref={box}
      className="virtual-list"
      tabIndex={0}
      role="group"
      aria-label={label}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
        onFollow?.(scrollHeight - scrollTop - clientHeight < END_NEAR)
      }
      onKeyDown={(event) => moveFocus(event, count, virtual.scrollToIndex)}
    >
      <ol style={{ height: virtual.getTotalSize() }} className="virtual-rows">
        {items.map(({ index, start }) => (
          <li
            key={index}
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

function moveFocus(event: KeyboardEvent<HTMLDivElement>, count: number, scrollTo: (index: number) => void): void {
  const current = Number(document.activeElement?.getAttribute('data-index') ?? -1);
  const target = targetOf(event.key, current, count);
  if (target === undefined) return;
  event.preventDefault();
  scrollTo(target);
  const box = event.currentTarget;
  // The row is there after the next frame.
  requestAnimationFrame(() => box.querySelector<HTMLElement>(`[data-index="${target}"]`)?.focus());
}

function targetOf(key: string, current: number, count: number): number | undefined {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = STEPS[key];
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, current + step));
}
