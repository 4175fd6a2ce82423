#!/bin/sh
# After the package is gone: what its installation registered, and the `openclaw` links that people made from the app.
# An update calls this too, with another word, and everything stays.
case "$1" in
  remove | purge) ;;
  *) exit 0 ;;
esac

if command -v update-alternatives >/dev/null 2>&1; then
  update-alternatives --remove '${executable}' '/opt/${sanitizedProductName}/${executable}' || true
else
  rm -f '/usr/bin/${executable}'
fi

profile='/etc/apparmor.d/${executable}'
if [ -f "$profile" ]; then
  apparmor_parser --remove "$profile" 2>/dev/null || true
  rm -f "$profile"
fi

command='/opt/${sanitizedProductName}/resources/bin/openclaw'
homes=$(getent passwd | cut -d: -f6 | sort -u)
IFS='
'
for link in /usr/local/bin/openclaw $(printf '%s\n' "$homes" | sed 's,$,/.local/bin/openclaw,'); do
  if [ -L "$link" ] && [ "$(readlink "$link")" = "$command" ]; then
    rm -f "$link"
  fi
done
exit 0
