/** Commands for pasting, below the words that say what they are for. */
export function Commands({ title, commands }: { title: string; commands: readonly string[] }) {
  if (commands.length === 0) return null;
  return (
    <>
      <p>{title}</p>
      {commands.map((command) => (
        <code className="command" key={command}>
          {command}
        </code>
      ))}
    </>
  );
}
