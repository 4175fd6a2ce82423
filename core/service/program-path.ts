/** Why a path is likely to be gone one day while a service still points at it. */
export type PathRisk = 'temporary' | 'npx-cache' | 'version-manager';

const VERSION_MANAGERS =
  /[\\/](\.nvm[\\/]versions|nvm[\\/]v\d|\.?fnm[\\/]node-versions|fnm_multishells|\.volta[\\/]tools|\.asdf[\\/]installs|mise[\\/]installs|\.nodenv[\\/]versions|\.n[\\/]versions|\.nodebrew[\\/]node|Cellar[\\/]node)/i;
const NPX_CACHE = /[\\/](_npx|\.bunx|dlx-[^\\/]+|dlx)[\\/]/;

/** `temporaryDirs` are the places the system empties by itself. */
export function pathRisk(path: string, temporaryDirs: readonly string[]): PathRisk | undefined {
  if (NPX_CACHE.test(path)) return 'npx-cache';
  if (VERSION_MANAGERS.test(path)) return 'version-manager';
  const isInside = (dir: string): boolean =>
    dir !== '' && (path === dir || path.startsWith(`${dir}/`) || path.startsWith(`${dir}\\`));
  return temporaryDirs.some(isInside) ? 'temporary' : undefined;
}
