// Runs before the first paint, so that a chosen theme does not flash; ui/theme.ts is where it is chosen.
(() => {
  try {
    const theme = localStorage.getItem('macp.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's preference holds.
  }
})();
