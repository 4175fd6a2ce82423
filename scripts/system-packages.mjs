/**
 * What some tests need beyond npm: the program they look for, and the Debian package that brings it.
 * Tests name the program (`core/testing/programs.ts`), so this is the only list. A library counts as a program that lies
 * where libraries do; Electron needs some.
 */
export const SYSTEM_PACKAGES = [
  { program: 'sshd', debian: 'openssh-server' },
  { program: 'ssh', debian: 'openssh-client' },
  { program: 'avahi-daemon', debian: 'avahi-daemon' },
  { program: 'avahi-browse', debian: 'avahi-utils' },
  { program: 'dbus-daemon', debian: 'dbus' },
  { program: 'Xvfb', debian: 'xvfb' },
  { program: 'xdotool', debian: 'xdotool' },
  { program: 'libgtk-3.so.0', debian: 'libgtk-3-0' },
  { program: 'libnss3.so', debian: 'libnss3' },
  { program: 'libasound.so.2', debian: 'libasound2' },
  { program: 'libgbm.so.1', debian: 'libgbm1' },
  { program: 'dnsmasq', debian: 'dnsmasq-base' },
  { program: 'named', debian: 'bind9' },
  { program: 'ip', debian: 'iproute2' },
  { program: 'systemd-analyze', debian: 'systemd' },
  { program: 'xmllint', debian: 'libxml2-utils' },
  { program: 'openssl', debian: 'openssl' },
  { program: 'dpkg-deb', debian: 'dpkg' },
  { program: '7zz', debian: '7zip' },
];
