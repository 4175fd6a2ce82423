import ssh2 from 'ssh2';

/**
 * The SSH library, in a module of its own because it is large and read only when somebody connects. Import it with
 * `import()`; the bundle keeps it in a file beside the program.
 */
export const sshLibrary = {
  Client: ssh2.Client,
  BaseAgent: ssh2.BaseAgent,
  createAgent: ssh2.createAgent,
  parseKey: ssh2.utils.parseKey,
};

export type SshLibrary = typeof sshLibrary;
