import type { Tool, ToolGroup } from './tool.ts';
import { PROFILES, type ProfileId } from './tool-policy.ts';

/** The answer to `tools.catalog`, the same for protocol 3 and 4. */
export interface ToolCatalog {
  agentId: string;
  profiles: { id: ProfileId; label: string }[];
  groups: {
    id: string;
    label: string;
    source: 'core';
    tools: {
      id: string;
      label: string;
      description: string;
      source: 'core';
      defaultProfiles: ProfileId[];
    }[];
  }[];
}

const GROUPS: { group: ToolGroup; id: string; label: string; profiles: ProfileId[] }[] = [
  { group: 'fs', id: 'fs', label: 'Files', profiles: ['coding'] },
  { group: 'exec', id: 'runtime', label: 'Runtime', profiles: ['coding'] },
  { group: 'web', id: 'web', label: 'Web', profiles: ['coding'] },
  { group: 'sessions', id: 'sessions', label: 'Sessions', profiles: ['coding', 'messaging'] },
];

export function toolCatalog(agentId: string, tools: readonly Tool[]): ToolCatalog {
  return {
    agentId,
    profiles: PROFILES.map(({ id, label }) => ({ id, label })),
    groups: GROUPS.map(({ group, id, label, profiles }) => ({
      id,
      label,
      source: 'core',
      tools: tools
        .filter((tool) => tool.group === group)
        .map((tool) => ({
          id: tool.name,
          label: tool.name,
          description: tool.description,
          source: 'core',
          defaultProfiles: [...profiles],
        })),
    })),
  };
}
