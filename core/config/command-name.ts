/**
 * How a command has to begin that is shown for pasting, so that it reaches the same profile. `OPENCLAW_CLI_NAME` is
 * how this program is called where no `openclaw` is installed.
 */
export function commandName({ profile }: { profile?: string | undefined }, env: NodeJS.ProcessEnv): string {
  const name = env.OPENCLAW_CLI_NAME?.trim() || 'openclaw';
  if (profile === undefined) return name;
  return profile === 'dev' ? `${name} --dev` : `${name} --profile ${profile}`;
}
