import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ChevronDown } from 'lucide-react';
import { useEffect, useState, type RefObject } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { answerOf, api } from '../../api/client.js';
import type { RunStatus } from '../../api/types.js';
import { Button } from '../../ui/button.js';
import { ConfirmDialog } from '../../ui/confirm-dialog.js';
import { isTerminal } from '../../words/status.js';
import { saveExport } from './save-export.js';

type Command = 'suspend' | 'resume' | 'cancel' | 'archive' | 'delete';

interface Words {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly asksReason: boolean;
}

const COMMANDS: Readonly<Record<Command, Words>> = {
  suspend: {
    name: 'Suspend',
    title: 'Suspend the run?',
    about: 'Agents may not speak until somebody resumes it.',
    asksReason: true,
  },
  resume: { name: 'Resume', title: 'Resume the run?', about: 'Agents may speak again.', asksReason: true },
  cancel: {
    name: 'Cancel',
    title: 'Cancel the run?',
    about: 'The session ends without a decision. This cannot be taken back.',
    asksReason: true,
  },
  archive: {
    name: 'Archive',
    title: 'Archive the run?',
    about: 'It leaves the lists. Everything that is stored of it stays.',
    asksReason: false,
  },
  delete: {
    name: 'Delete',
    title: 'Delete the run?',
    about: 'Its events and everything else that is stored of it go for good.',
    asksReason: false,
  },
};

interface Props {
  readonly runId: string;
  readonly title: string;
  readonly status: RunStatus;
  readonly isArchived: boolean;
  /** Where the focus goes once something was done: what was pressed may not be offered any more. */
  readonly heading: RefObject<HTMLElement | null>;
}

/** What can be done with a run in its status. What cannot be done is not offered; what was refused says why. */
export function RunActions({ runId, title, status, isArchived, heading }: Props) {
  const [asked, ask] = useState<Command>();
  const act = useRunCommand(runId);
  const navigate = useNavigate();
  // Success and the end of the dialog may be two renders; while the dialog stands, nothing behind it takes the focus.
  const isDone = act.isSuccess && asked === undefined;
  useEffect(() => {
    if (isDone) heading.current?.focus();
  }, [isDone, heading]);
  const open = (command: Command): void => {
    act.reset();
    ask(command);
  };
  // Whoever went elsewhere before the answer came is left there.
  const onSuccess = (_answer: unknown, { command }: Asked): void => {
    ask(undefined);
    if (command === 'delete') void navigate({ to: '/runs' });
  };
  const over = isTerminal(status);
  const words = asked && COMMANDS[asked];
  return (
    <>
      {status === 'running' && <Button onPress={() => open('suspend')}>Suspend</Button>}
      {status === 'suspended' && <Button onPress={() => open('resume')}>Resume</Button>}
      {!over && (
        <Button look="danger" onPress={() => open('cancel')}>
          Cancel run
        </Button>
      )}
      <MoreActions runId={runId} over={over} isArchived={isArchived} ask={open} />
      {asked && words && (
        <ConfirmDialog
          title={words.title}
          confirm={words.name}
          danger={asked === 'cancel' || asked === 'delete'}
          asksReason={words.asksReason}
          pending={act.isPending}
          error={act.error}
          onConfirm={(reason) => act.mutate({ command: asked, reason }, { onSuccess })}
          onClose={() => {
            act.reset();
            ask(undefined);
          }}
        >
          <p>
            <strong>{title}</strong> <code className="quiet">{runId}</code>
          </p>
          <p>{words.about}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

interface MoreProps {
  readonly runId: string;
  readonly over: boolean;
  readonly isArchived: boolean;
  readonly ask: (command: Command) => void;
}

function MoreActions({ runId, over, isArchived, ask }: MoreProps) {
  const navigate = useNavigate();
  const save = useMutation({ mutationFn: () => saveExport(runId) });
  return (
    <>
      <MenuTrigger>
        <Button isPending={save.isPending}>
          More <ChevronDown size={16} aria-hidden="true" />
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu">
            <MenuItem className="menu-item" onAction={() => save.mutate()}>
              Export as JSON
            </MenuItem>
            <MenuItem className="menu-item" onAction={() => void navigate({ to: '/launch', search: { from: runId } })}>
              Launch again …
            </MenuItem>
            <MenuItem className="menu-item" onAction={() => void navigate({ to: '/compare', search: { left: runId } })}>
              Compare with …
            </MenuItem>
            {over && !isArchived && (
              <MenuItem className="menu-item" onAction={() => ask('archive')}>
                Archive …
              </MenuItem>
            )}
            {over && (
              <MenuItem className="menu-item" onAction={() => ask('delete')}>
                Delete …
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
      {save.error && (
        <span role="alert" className="stale">
          Not exported: {save.error.message}
        </span>
      )}
    </>
  );
}

interface Asked {
  readonly command: Command;
  readonly reason: string;
}

function useRunCommand(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ command, reason }: Asked) => run(runId, command, reason),
    onSuccess: (_answer, { command }) => {
      // Of a run that is gone nothing can be asked.
      const refetchType = command === 'delete' ? 'none' : 'active';
      void client.invalidateQueries({ queryKey: ['run', runId], refetchType });
    },
  });
}

function run(id: string, command: Command, reason: string): Promise<unknown> {
  const params = { path: { id } };
  const body = reason === '' ? {} : { body: { reason } };
  switch (command) {
    case 'suspend':
      return answerOf(api.POST('/runs/{id}/suspend', { params, ...body }));
    case 'resume':
      return answerOf(api.POST('/runs/{id}/resume', { params, ...body }));
    case 'cancel':
      return answerOf(api.POST('/runs/{id}/cancel', { params, ...body }));
    case 'archive':
      return answerOf(api.POST('/runs/{id}/archive', { params }));
    case 'delete':
      return answerOf(api.DELETE('/runs/{id}', { params }));
  }
}
