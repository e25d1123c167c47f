import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import '../styles/modal.css';
import { SignIn } from './sign-in.js';

interface Props {
  readonly title: string;
  /** What it asked for is being done: it stays until it can say what became of it. */
  readonly isBusy: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog over the page: it keeps the focus, Escape and a press beside it close it. */
export function ModalDialog({ title, isBusy, onClose, children }: Props) {
  return (
    <ModalOverlay
      className="modal-overlay"
      isOpen
      isDismissable={!isBusy}
      isKeyboardDismissDisabled={isBusy}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className="modal">
        <Dialog className="modal-dialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {/* Nobody reaches the one above the page from here. */}
          <SignIn />
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
