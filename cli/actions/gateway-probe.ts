import type { Action } from '../invocation.ts';
import { isReachable } from '../operate/probe-inspect.ts';
import { probeAll } from '../operate/probe-look.ts';
import { type ProbeFlags, planProbe } from '../operate/probe-plan.ts';
import { probeDocument } from '../operate/probe-report.ts';
import { probeLines } from '../operate/probe-text.ts';
import { checkConfig } from '../operate/subject.ts';
import { readSettingsQuietly } from '../settings.ts';

/** Exit 1 only when no gateway was reached; source: CLI page, probe. */
export const gatewayProbe: Action<ProbeFlags> = async (invocation) => {
  const { cli, output } = invocation;
  cli.endWhenInterrupted();
  const settings = await readSettingsQuietly(invocation);
  const plan = await planProbe(invocation, settings);
  const config = await checkConfig(invocation, settings);
  const findings = await probeAll(invocation, { plan, settings, config });
  if (output.json) output.value(probeDocument(findings));
  else for (const line of probeLines(findings, invocation)) output.line(line);
  return findings.targets.some(isReachable) ? 0 : 1;
};
