import { access, rename } from 'node:fs/promises';

/** Moves a file that cannot be used out of the way, onto nothing that exists. Returns the new path. */
export async function setAside(path: string, now: number): Promise<string> {
  const wanted = `${path}.corrupt-${now}`;
  let target = wanted;
  for (let count = 1; await exists(target); count++) target = `${wanted}-${count}`;
  await rename(path, target);
  return target;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
