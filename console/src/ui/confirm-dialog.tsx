import { useState, type ReactNode } from 'react';
import { Form, Input, Label, TextField } from 'react-aria-components';
import { REASON_LENGTH_MAX } from '../api/types.js';
import { Button } from './button.js';
import { ModalDialog } from './modal.js';
import { ErrorNote } from './notes.js';

interface Props {
  readonly title: string;
  /** The word on the button that does it. */
  readonly confirm: string;
  readonly danger?: boolean;
  /** Whether a reason is asked for; it is recorded with the run. */
  readonly asksReason?: boolean;
  readonly pending: boolean;
  /** Why it was refused. */
  readonly error?: Error | null;
  readonly onConfirm: (reason: string) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Asks before something is done that others notice. Stays open until it is done, and says why it was not. */
export function ConfirmDialog({
  title,
  confirm,
  danger,
  asksReason,
  pending,
  error,
  onConfirm,
  onClose,
  children,
}: Props) {
  const [reason, change] = useState('');
  return (
    <ModalDialog title={title} isBusy={pending} onClose={onClose}>
      <Form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!pending) onConfirm(reason.trim());
        }}
      >
        <div className="stack-small">{children}</div>
        {asksReason && (
          <TextField className="field" value={reason} onChange={change} maxLength={REASON_LENGTH_MAX}>
            <Label>Reason (it is recorded)</Label>
            <Input />
          </TextField>
        )}
        {error && <ErrorNote error={error} />}
        <div className="modal-actions">
          <Button isDisabled={pending} onPress={onClose}>
            Keep it as it is
          </Button>
          <Button type="submit" look={danger ? 'danger' : 'primary'} isPending={pending}>
            {confirm}
          </Button>
        </div>
      </Form>
    </ModalDialog>
  );
}
