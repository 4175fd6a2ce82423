import { catalogue } from './catalogue.ts';

/** The menu bar of the window, by the names of Electron's roles. */
export const menuMessages = catalogue(
  () => ({
    edit: 'Edit',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    selectAll: 'Select all',
    view: 'View',
    zoomIn: 'Larger',
    zoomOut: 'Smaller',
    resetZoom: 'Actual size',
    togglefullscreen: 'Full screen',
    window: 'Window',
    minimize: 'Minimise',
    close: 'Close',
  }),
  () => ({
    edit: '编辑',
    undo: '撤销',
    redo: '重做',
    cut: '剪切',
    copy: '复制',
    paste: '粘贴',
    selectAll: '全选',
    view: '显示',
    zoomIn: '放大',
    zoomOut: '缩小',
    resetZoom: '实际大小',
    togglefullscreen: '全屏',
    window: '窗口',
    minimize: '最小化',
    close: '关闭',
  }),
);
