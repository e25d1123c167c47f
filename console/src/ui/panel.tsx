import { QueryErrorResetBoundary } from '@tanstack/react-query';
import { Component, useId, type ReactNode } from 'react';
import { ErrorNote } from './notes.js';

interface PanelProps {
  readonly title: string;
  /** Beside the title: counts, buttons. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}

/** A titled part of a page. What breaks in it stays in it. */
export function Panel({ title, aside, children, className = '' }: PanelProps) {
  const titleId = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={titleId}>
      <header className="panel-head">
        <h2 id={titleId}>{title}</h2>
        {aside}
      </header>
      <Contained>{children}</Contained>
    </section>
  );
}

/** Keeps an error from taking the page with it, and offers to try again. */
export function Contained({ children }: { children: ReactNode }) {
  return (
    <QueryErrorResetBoundary>{({ reset }) => <Boundary onReset={reset}>{children}</Boundary>}</QueryErrorResetBoundary>
  );
}

class Boundary extends Component<{ onReset: () => void; children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ErrorNote error={error} onRetry={() => this.retry()} />;
  }

  private retry(): void {
    this.props.onReset();
    this.setState({ error: undefined });
  }
}
