// The text of the page's own script, from which its worker is made. It can be read only while the script runs
// for the first time.
export const pageScript: string = typeof document === "undefined" ? "" : (document.currentScript?.textContent ?? "");
