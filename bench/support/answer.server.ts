/** The other side of `Child.ask`: one handler per command. Ends the process when its parent is gone. */
export function answerParent(handlers: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on('message', (message: { id?: number; command?: string; argument?: unknown }) => {
    const { id, command = '', argument } = message;
    if (id === undefined) return;
    const handler = handlers[command];
    const answered =
      handler === undefined
        ? Promise.reject(new Error(`unknown command ${command}`))
        : // The asking side sends what the handler of this command takes.
          Promise.resolve().then(() => handler(argument as never));
    answered.then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit(0));
}
