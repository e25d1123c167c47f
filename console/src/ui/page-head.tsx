import { useEffect, type ReactNode, type Ref } from 'react';

interface Props {
  readonly title: string;
  readonly about?: ReactNode;
  /** For whoever moves the focus to the heading. */
  readonly heading?: Ref<HTMLHeadingElement>;
  readonly children?: ReactNode;
}

/** The heading of a page, which is also the title of its tab. */
export function PageHead({ title, about, heading, children }: Props) {
  useEffect(() => {
    document.title = `${title} · MACP Control Plane`;
  }, [title]);
  return (
    <header className="page-head">
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {about !== undefined && <p className="quiet">{about}</p>}
      </div>
      {children !== undefined && <div className="page-actions">{children}</div>}
    </header>
  );
}
