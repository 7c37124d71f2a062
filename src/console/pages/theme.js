// Before the first paint: the theme and language chosen on this machine, so that a booth at night sees no white flash.
(() => {
  const root = document.documentElement;
  let theme = null;
  let language = null;
  try {
    theme = localStorage.getItem("postern.theme");
    language = localStorage.getItem("postern.language");
  } catch { /* storage switched off: the defaults hold */ }
  if (theme !== "day" && theme !== "night")
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "day";
  root.dataset.theme = theme;
  root.lang = language === "sq" || language === "en" ? language : navigator.language.startsWith("sq") ? "sq" : "en";
})();
