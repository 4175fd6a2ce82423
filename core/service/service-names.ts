/** What the service of one profile is called by each service manager. */
export interface ServiceNames {
  /** With `.service`. */
  unit: string;
  /** Of launchd. */
  label: string;
  /** Of the Windows task scheduler, in its root folder. */
  task: string;
}

/** The names that every OpenClaw program uses, so that two of them never install two services for one profile. */
export function serviceNames(profile: string | undefined): ServiceNames {
  return {
    unit: profile === undefined ? 'openclaw-gateway.service' : `openclaw-gateway-${profile}.service`,
    label: profile === undefined ? 'ai.openclaw.gateway' : `ai.openclaw.${profile}`,
    task: profile === undefined ? 'OpenClaw Gateway' : `OpenClaw Gateway (${profile})`,
  };
}

/** Variable that says which program wrote a definition; others of the family use the same one. */
export const MARKER = 'OPENCLAW_SERVICE_MARKER';
export const OUR_MARK = 'openclaw-tray';
const OTHER_MARK = 'openclaw';

/** Whose a service definition is: only ours is changed without being asked to. */
export type DefinitionOwner = 'ours' | 'openclaw' | 'other';

export function ownerOf(mark: string | undefined): DefinitionOwner {
  if (mark === OUR_MARK) return 'ours';
  return mark === OTHER_MARK ? 'openclaw' : 'other';
}
