@echo off
rem The command line of OpenClaw Tray on the runtime of the app: no Node is needed.
setlocal
set ELECTRON_RUN_AS_NODE=1
"%~dp0..\..\openclaw-tray.exe" "%~dp0..\app.asar\dist\openclaw.cjs" %*
exit /b %ERRORLEVEL%
