/** The least that an Electron app with a tray can be. */
const { join } = require('node:path');
const { app, Menu, Tray } = require('electron');

let tray;
app.on('window-all-closed', () => {});
app.whenReady().then(() => {
  tray = new Tray(join(__dirname, '../../main/icons/ok.png'));
  tray.setContextMenu(Menu.buildFromTemplate([{ label: 'Quit', click: () => app.quit() }]));
});
