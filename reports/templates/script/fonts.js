// The fonts stand in the page, and yet a browser decodes them only after a first layout, which it then
// makes in fonts of the system and again in these. Asked for here they are ready before it.
document.fonts.forEach((one) => one.load());
