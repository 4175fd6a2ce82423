; The app itself takes its `openclaw` command out of the PATH of the user, before it is removed. An update leaves it.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    ExecWait '"$INSTDIR\openclaw-tray.exe" --remove-command'
  ${endIf}
!macroend
