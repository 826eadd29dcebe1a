// Before the first paint, so that nothing flashes: the theme that was chosen here, else the system's.
(() => {
  try {
    const theme = localStorage.getItem("trotline.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be refused to a frame of another site.
  }
})();
