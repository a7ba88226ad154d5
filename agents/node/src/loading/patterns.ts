// What `include` and `exclude` name: files where a pattern has a slash or the ending of a source file, else modules. The
// same rules as those of the Python agent; a package in a scope (`@hapi/hoek`) is a module although it has a slash.

export interface Patterns {
  matches(file: string, module: string): boolean;
}

export function compilePatterns(patterns: readonly string[], root: string): Patterns {
  const files: string[] = [];
  const modules: string[] = [];
  for (const pattern of patterns) {
    if (namesFiles(pattern)) {
      const absolute = pattern.startsWith("/") ? pattern : `${root}/${pattern.replace(/^\.\//, "")}`;
      files.push(`${glob(absolute)}(?:/.*)?`);
    } else {
      const name = pattern.replace(/[./]\*$/, "");
      modules.push(`${escape(name).replaceAll("\\*", ".*")}(?:[./].*)?`);
    }
  }
  const file = files.length === 0 ? null : new RegExp(`^(?:${files.join("|")})$`, "s");
  const module = modules.length === 0 ? null : new RegExp(`^(?:${modules.join("|")})$`, "s");
  return {
    matches: (path, name) => (file !== null && file.test(path)) || (module !== null && module.test(name)),
  };
}

export function namesFiles(pattern: string): boolean {
  if (/^@[^/]+\/[^/]+(?:\/\*)?$/.test(pattern)) return false;
  return pattern.includes("/") || /\.[cm]?[jt]sx?$/.test(pattern);
}

/** The regular expression of a path glob: `**` crosses folders, `*` and `?` do not. */
function glob(pattern: string): string {
  return pattern.replace(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (part) => {
    switch (part) {
      case "**/":
        return "(?:.*/)?";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      default:
        return escape(part);
    }
  });
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
