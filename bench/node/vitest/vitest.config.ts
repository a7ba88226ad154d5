// The cache is in the copy of this project, and not in the packages that it shares.
export default { cacheDir: ".vite" };
