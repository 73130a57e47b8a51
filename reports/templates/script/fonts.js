// The fonts stand in the page, and yet a browser decodes them only after a first layout. That one it makes
// in fonts of the system, asking its main process for each of them in each size: a third of the time to the
// first picture, on a slow processor. Asked for here they are ready before it.
document.fonts.forEach(one => one.load());
